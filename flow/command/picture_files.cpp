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

void add_folder(const fs::path& folder, PictureFiles& found) {
  std::vector<fs::path> inside;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const bool hidden = entry.path().filename().string().starts_with('.');
    if (!hidden && entry.is_regular_file()) inside.push_back(entry.path());
  }
  std::sort(inside.begin(), inside.end());
  for (auto& file : inside) {
    (is_picture_name(file) ? found.files : found.skipped).push_back(std::move(file));
  }
}

}  // namespace

PictureFiles find_pictures(const std::vector<std::string>& named) {
  PictureFiles found;
  for (const auto& name : named) {
    if (!fs::exists(name)) {
      throw Error("not_found", "there is no file or folder " + name,
                  "name pictures or folders of pictures");
    }
    if (fs::is_directory(name)) {
      add_folder(name, found);
    } else {
      found.files.emplace_back(name);
    }
  }
  if (found.files.empty()) {
    throw Error("bad_input", "there are no pictures in " + named.front(),
                "pictures are files that end in .jpg, .jpeg, .png or .webp");
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
  if (!fs::exists(file)) {
    throw Error("not_found", "there is no file " + file.string(), "check the path");
  }
  if (!fs::is_regular_file(file)) {
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
