#include "store/version_folder.h"

#include "executor/error.h"
#include "executor/files/checksums.h"
#include "executor/files/file_error.h"
#include "schemas/id.h"
#include "store/places.h"

namespace store {

void check_id(const std::string& id, const std::string& what) {
  if (schemas::is_id(id)) return;
  throw executor::Error("bad_input", "'" + id.substr(0, schemas::kMaxIdBytes) + "' is no " + what +
                                         ": an id has 1 to 64 of a-z, 0-9 and '-'");
}

std::filesystem::path version_folder(const std::filesystem::path& home,
                                     const std::filesystem::path& pretrained,
                                     const std::string& version,
                                     const std::vector<std::string>& parts) {
  check_id(version, "version");
  if (version == kPretrained) return pretrained;
  if (!has_version(home, version)) {
    throw executor::Error("not_found", "there is no version '" + version + "'",
                          "`souvenir identifiers` lists what has been taught");
  }
  const auto folder = local_version(home, version);
  try {
    files::check_checksums(folder, parts);
  } catch (const files::Error& e) {
    const auto what = "version " + version + " is damaged: " + e.what();
    if (folder == cached_version(home, version)) {
      std::filesystem::remove_all(folder);
      throw executor::Error("unavailable", what, "ask again: it is brought from its host anew");
    }
    throw executor::Error("internal", what,
                          "ask again: of a metamodel the version before it is used from now on "
                          "('models list'); a private model has to be removed and taught again");
  }
  return folder;
}

bool has_version(const std::filesystem::path& home, const std::string& version) {
  return version == kPretrained || std::filesystem::is_directory(local_version(home, version));
}

std::filesystem::path staging_folder(const std::filesystem::path& home,
                                     const std::string& version) {
  check_id(version, "version");
  return home / "store" / "staging" / version;
}

std::filesystem::path checkpoint_folder(const std::filesystem::path& home, const std::string& job) {
  check_id(job, "job");
  return home / "checkpoints" / job;
}

}  // namespace store
