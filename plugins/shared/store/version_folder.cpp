#include "store/version_folder.h"

#include "executor/error.h"
#include "executor/files/checksums.h"
#include "executor/files/file_error.h"

namespace store {

std::filesystem::path version_folder(const std::filesystem::path& home,
                                     const std::filesystem::path& pretrained,
                                     const std::string& version,
                                     const std::vector<std::string>& parts,
                                     const std::function<void()>& beat) {
  check_id(version, "version");
  if (version == kPretrained) return pretrained;
  if (!has_version(home, version)) {
    throw executor::Error("not_found", "there is no version '" + version + "'",
                          "`souvenir identifiers` lists what has been taught");
  }
  const auto folder = local_version(home, version);
  try {
    files::check_checksums(folder, parts, beat);
  } catch (const files::Error& e) {
    const auto what = "version " + version + " is damaged: " + e.what();
    if (folder == cached_version(home, version)) {
      std::filesystem::remove_all(folder);
      throw executor::Error("unavailable", what, "ask again: it is brought from its host again");
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

std::filesystem::path local_version(const std::filesystem::path& home, const std::string& version) {
  const auto own = published_folder(home, version);
  return std::filesystem::is_directory(own) ? own : cached_version(home, version);
}

}  // namespace store
