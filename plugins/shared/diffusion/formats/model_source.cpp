#include "diffusion/formats/model_source.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <sstream>
#include <string>
#include <vector>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/model_files.h"
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
    throw Error(ref.string() + ": names the snapshot \"" + revision +
                "\", which is not there; download the model again");
  }
  std::vector<fs::path> snapshots;
  for (const auto& entry : fs::directory_iterator(repository / "snapshots")) {
    if (entry.is_directory()) snapshots.push_back(entry.path());
  }
  if (snapshots.size() == 1) return snapshots.front();
  throw Error(repository.string() + ": has " + std::to_string(snapshots.size()) +
              " snapshots and no refs/main; name one of its folders below snapshots/");
}

// Another content has another time or size, and thus another folder.
std::string key_of(const fs::path& file) {
  const auto whole = fs::canonical(file);
  files::Sha256 hash;
  hash.add(whole.string() + "\n" + std::to_string(fs::file_size(whole)) + "\n" +
           std::to_string(fs::last_write_time(whole).time_since_epoch().count()));
  std::string name;
  for (const unsigned char c : file.stem().string().substr(0, kMaxNameBytes)) {
    name += std::isalnum(c) != 0 ? static_cast<char>(c) : '-';
  }
  return name + "-" + hash.finish().substr(0, kKeyDigits);
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
  if (fs::exists(folder)) return folder;
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
  throw Error(given.string() + (fs::exists(given) ? ": is no folder" : ": is not there"));
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
