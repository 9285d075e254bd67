#include "flow/command/picture_files.h"

#include <algorithm>
#include <cstdio>

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/files/read_file.h"
#include "schemas/words.h"

namespace flow::command {
namespace {

namespace fs = std::filesystem;
using executor::Error;

bool is_picture_name(const fs::path& file) {
  std::string extension = file.extension();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png" || extension == ".webp";
}

// Links that lead nowhere, or to themselves, are of no type; so nothing throws.
fs::file_type type_of(const fs::path& path) {
  std::error_code error;
  return fs::status(path, error).type();
}

[[noreturn]] void refuse_folder(const fs::path& folder, const std::error_code& error) {
  throw Error("bad_input", "cannot read the folder " + folder.string() + ": " + error.message(),
              "check its permissions, or name the pictures themselves");
}

std::vector<fs::path> names_in(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> inside;
  fs::directory_iterator entry(folder, error);
  if (error) refuse_folder(folder, error);
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    if (error) refuse_folder(folder, error);
    inside.push_back(entry->path());
  }
  std::sort(inside.begin(), inside.end());
  return inside;
}

bool is_broken_link(const fs::path& path) {
  std::error_code error;
  const bool is_there =
      type_of(path) != fs::file_type::not_found && type_of(path) != fs::file_type::none;
  return !is_there && fs::is_symlink(fs::symlink_status(path, error));
}

// "" for a picture.
std::string why_skipped(const fs::path& path) {
  if (is_broken_link(path)) return "a link to nothing";
  if (type_of(path) == fs::file_type::directory) return "a folder inside the folder";
  if (!is_picture_name(path)) return "no picture by its name";
  return type_of(path) == fs::file_type::regular ? "" : "no file";
}

void add_folder(const fs::path& folder, PictureFiles& found) {
  for (auto& path : names_in(folder)) {
    if (path.filename().string().starts_with('.')) {
      found.hidden.push_back(std::move(path));
      continue;
    }
    auto why = why_skipped(path);
    if (why.empty()) {
      found.files.push_back(std::move(path));
    } else {
      found.skipped.push_back({std::move(path), std::move(why)});
    }
  }
}

std::string names_of(const std::vector<fs::path>& files, std::size_t most) {
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.filename().string());
  return schemas::first_few(names, most, ", ");
}

// What the user sees of why nothing was found: names of what is there.
std::string passed_over(const PictureFiles& found) {
  constexpr std::size_t kNamed = 3;
  std::vector<std::string> names;
  for (const auto& [file, why] : found.skipped) {
    names.push_back(file.filename().string() + " (" + why + ")");
  }
  std::string text;
  if (!names.empty()) text = ", but " + schemas::first_few(names, kNamed, ", ");
  if (found.hidden.empty()) return text;
  return text + (text.empty() ? ", but" : ", and") +
         " hidden files: " + names_of(found.hidden, kNamed);
}

[[noreturn]] void refuse_absent(const std::vector<std::string>& absent,
                                const std::function<std::string(const std::string&)>& remedy) {
  std::vector<std::string> causes;
  for (const auto& name : absent) {
    causes.push_back(is_broken_link(name) ? name + " is a link to nothing"
                                          : "there is no file or folder " + name);
  }
  std::string hint;
  for (const auto& name : absent) {
    if (remedy && hint.empty()) hint = remedy(name);
  }
  if (hint.empty()) hint = "name pictures or folders of pictures";
  throw Error("not_found", schemas::first_few(causes, kToldFiles), hint);
}

}  // namespace

PictureFiles find_pictures(const std::vector<std::string>& named,
                           const std::function<std::string(const std::string&)>& remedy) {
  PictureFiles found;
  std::vector<std::string> absent;
  for (const auto& name : named) {
    const auto type = type_of(name);
    if (type == fs::file_type::directory) {
      add_folder(name, found);
    } else if (type == fs::file_type::not_found || type == fs::file_type::none) {
      absent.push_back(name);
    } else {
      found.files.emplace_back(name);
    }
  }
  if (!absent.empty()) refuse_absent(absent, remedy);
  if (found.files.empty()) {
    throw Error(
        "bad_input", "there are no pictures in " + named.front() + passed_over(found),
        "pictures are files that end in .jpg, .jpeg, .png or .webp; folders inside a folder "
        "are named themselves");
  }
  if (found.files.size() > kMaxPictures) {
    throw Error("bad_input",
                std::to_string(found.files.size()) + " pictures are too many; send 1 to " +
                    std::to_string(kMaxPictures),
                "4 to 8 good pictures of the thing from several sides work best");
  }
  return found;
}

std::vector<std::string> skipped_lines(const PictureFiles& found) {
  std::vector<std::string> lines;
  for (const auto& [file, why] : found.skipped) {
    lines.push_back("skipped, " + why + ": " + file.string());
  }
  if (!found.hidden.empty()) {
    lines.push_back("skipped, hidden by the dot before the name: " +
                    names_of(found.hidden, kToldFiles));
  }
  return lines;
}

schemas::Blob read_file(const fs::path& file) {
  const auto type = type_of(file);
  if (type == fs::file_type::not_found || type == fs::file_type::none) {
    throw Error("not_found",
                is_broken_link(file) ? file.string() + " is a link to nothing"
                                     : "there is no file " + file.string(),
                "check the path");
  }
  if (type != fs::file_type::regular) {
    throw Error("bad_input", file.string() + " is not a file", "name a file");
  }
  try {
    return schemas::Blob(files::read_file(file, kMaxFileBytes));
  } catch (const files::Error& error) {
    throw Error("bad_input", error.what(), "make it smaller, or check its permissions");
  }
}

std::vector<schemas::Blob> read_files(const std::vector<fs::path>& files) {
  std::vector<schemas::Blob> blobs;
  for (const auto& file : files) blobs.push_back(read_file(file));
  return blobs;
}

std::string with_file(const std::string& cause, const std::vector<fs::path>& files) {
  std::string text;
  std::size_t done = 0;
  for (auto at = cause.find("picture "); at != cause.npos; at = cause.find("picture ", done)) {
    std::size_t number = 0, count = 0;
    int end = 0;
    const int read = std::sscanf(cause.c_str() + at, "picture %zu of %zu%n", &number, &count, &end);
    const bool is_one = read == 2 && count == files.size() && number >= 1 && number <= count;
    const auto next = at + (is_one ? static_cast<std::size_t>(end) : 1);
    text += cause.substr(done, next - done);
    if (is_one) text += " (" + files[number - 1].string() + ")";
    done = next;
  }
  return text + cause.substr(done);
}

}  // namespace flow::command
