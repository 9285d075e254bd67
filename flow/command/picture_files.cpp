#include "flow/command/picture_files.h"

#include <algorithm>
#include <cstdio>

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/files/read_file.h"

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
    if (!entry->path().filename().string().starts_with('.')) inside.push_back(entry->path());
  }
  std::sort(inside.begin(), inside.end());
  return inside;
}

void add_folder(const fs::path& folder, PictureFiles& found) {
  for (auto& path : names_in(folder)) {
    const bool taken = is_picture_name(path) && type_of(path) == fs::file_type::regular;
    (taken ? found.files : found.skipped).push_back(std::move(path));
  }
}

// What the user sees of why nothing was found: names of what is there.
std::string passed_over(const std::vector<fs::path>& skipped) {
  if (skipped.empty()) return "";
  constexpr std::size_t kNamed = 3;
  std::string names;
  for (std::size_t i = 0; i < skipped.size() && i < kNamed; ++i) {
    names += (i == 0 ? ", but " : ", ") + skipped[i].filename().string();
  }
  if (skipped.size() > kNamed) names += " and " + std::to_string(skipped.size() - kNamed) + " more";
  return names;
}

}  // namespace

PictureFiles find_pictures(const std::vector<std::string>& named) {
  PictureFiles found;
  for (const auto& name : named) {
    const auto type = type_of(name);
    if (type == fs::file_type::directory) {
      add_folder(name, found);
    } else if (type == fs::file_type::not_found || type == fs::file_type::none) {
      throw Error("not_found", "there is no file or folder " + name,
                  "name pictures or folders of pictures");
    } else {
      found.files.emplace_back(name);
    }
  }
  if (found.files.empty()) {
    throw Error(
        "bad_input", "there are no pictures in " + named.front() + passed_over(found.skipped),
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

schemas::Blob read_file(const fs::path& file) {
  const auto type = type_of(file);
  if (type == fs::file_type::not_found || type == fs::file_type::none) {
    throw Error("not_found", "there is no file " + file.string(), "check the path");
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
  std::size_t number = 0, count = 0;
  int end = 0;
  const int found = std::sscanf(cause.c_str(), "picture %zu of %zu%n", &number, &count, &end);
  if (found != 2 || count != files.size() || number < 1 || number > count) return cause;
  return cause.substr(0, static_cast<std::size_t>(end)) + " (" + files[number - 1].string() + ")" +
         cause.substr(static_cast<std::size_t>(end));
}

}  // namespace flow::command
