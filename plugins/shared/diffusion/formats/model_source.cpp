#include "diffusion/formats/model_source.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <sstream>
#include <string>
#include <vector>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/model_files.h"
#include "diffusion/formats/original_yaml.h"
#include "diffusion/formats/single_file.h"
#include "executor/files/durable_file.h"
#include "executor/files/file_lock.h"
#include "executor/files/read_file.h"
#include "executor/files/sha256.h"

namespace diffusion {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kWait{1};
constexpr std::size_t kKeyDigits = 16;
constexpr std::size_t kMaxNameBytes = 64;
constexpr const char* kConversion = "2";  // another number for another result of the same file
constexpr std::chrono::hours kKept{24 * 7};
constexpr std::size_t kMaxRevisionBytes = 256;

bool is_revision(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isalnum(c) != 0; });
}

fs::path snapshot_of(const fs::path& repository) {
  const auto ref = repository / "refs" / "main";
  std::string revision;
  if (fs::exists(ref)) std::istringstream(files::read_file(ref, kMaxRevisionBytes)) >> revision;
  if (!revision.empty()) {
    const auto snapshot = repository / "snapshots" / revision;
    if (is_revision(revision) && fs::is_directory(snapshot)) return snapshot;
    throw Error(ref.string() + ": names the snapshot \"" + revision + "\", which is not there",
                "download the model again");
  }
  std::vector<fs::path> snapshots;
  for (const auto& entry : fs::directory_iterator(repository / "snapshots")) {
    if (entry.is_directory()) snapshots.push_back(entry.path());
  }
  if (snapshots.size() == 1) return snapshots.front();
  throw Error(repository.string() + ": has " + std::to_string(snapshots.size()) +
              " snapshots and no refs/main; name one of its folders below snapshots/");
}

std::string name_of(const fs::path& file) {
  std::string name;
  for (const unsigned char c : file.stem().string().substr(0, kMaxNameBytes)) {
    name += std::isalnum(c) != 0 ? static_cast<char>(c) : '-';
  }
  return name;
}

// All that a conversion depends on: the file, by its time and size; what stands in the yaml beside
// it; and how this program converts.
std::string key_of(const fs::path& file) {
  const auto whole = fs::canonical(file);
  files::Sha256 hash;
  hash.add(whole.string() + "\n" + std::to_string(fs::file_size(whole)) + "\n" +
           std::to_string(fs::last_write_time(whole).time_since_epoch().count()) + "\n" +
           kConversion + "\n");
  const auto yaml = yaml_beside(file);
  if (fs::exists(yaml)) hash.add(files::read_file(yaml, kMaxYamlBytes));
  return name_of(file) + "-" + hash.finish().substr(0, kKeyDigits);
}

// Conversions of a file of that name which nobody has opened for a week: of what it was before.
// Younger ones may be open in stages that still run.
void sweep(const fs::path& converted, const std::string& name, const fs::path& kept) {
  const auto oldest = fs::file_time_type::clock::now() - kKept;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(converted, ignored)) {
    const auto found = entry.path().filename().string();
    const bool of_name =
        found.size() == name.size() + 1 + kKeyDigits && found.starts_with(name + "-");
    if (!of_name || entry.path() == kept || !entry.is_directory(ignored)) continue;
    if (entry.last_write_time(ignored) > oldest) continue;
    fs::remove_all(entry.path(), ignored);
    fs::remove(entry.path().string() + ".lock", ignored);
  }
}

fs::path converted_once(const fs::path& file, const fs::path& converted, const Opening& opening) {
  fs::create_directories(converted);
  const auto key = key_of(file);
  const auto folder = converted / key;
  const auto tell = [&] {
    if (opening) opening("converting " + file.filename().string());
  };
  files::FileLock lock(converted / (key + ".lock"));
  lock.lock(tell, kWait);
  if (fs::exists(folder)) {
    std::error_code ignored;  // on a disk that is read only
    fs::last_write_time(folder, fs::file_time_type::clock::now(), ignored);
    return folder;
  }
  sweep(converted, name_of(file), folder);
  const auto unfinished = converted / (key + ".unfinished");
  fs::remove_all(unfinished);
  ConvertOptions options;
  options.on_part = tell;
  convert_single_file(file, unfinished, options);
  fs::rename(unfinished, folder);
  files::flush_folder(converted);
  return folder;
}

}  // namespace

fs::path find_model_folder(const fs::path& given) {
  if (fs::is_directory(given / "snapshots") && !fs::exists(given / "model_index.json")) {
    return snapshot_of(given);
  }
  if (fs::is_directory(given)) return given;
  throw Error(given.string() + (fs::exists(given) ? ": is no folder" : ": is not there"),
              "correct the path, or put a model there");
}

fs::path open_model(const fs::path& given, const fs::path& converted, const Opening& opening) {
  try {
    if (fs::is_regular_file(given)) return converted_once(given, converted, opening);
    const auto folder = find_model_folder(given);
    check_links(folder);
    return folder;
  } catch (const fs::filesystem_error& e) {
    throw Error(given.string() + ": the model cannot be read: " + e.what());
  }
}

}  // namespace diffusion
