#include "store/places.h"

namespace store {

namespace fs = std::filesystem;

fs::path cached_version(const fs::path& home, const std::string& id) {
  return home / "cache" / "versions" / id;
}

fs::path local_version(const fs::path& home, const std::string& id) {
  const auto own = home / "store" / "versions" / id;
  return fs::is_directory(own) ? own : cached_version(home, id);
}

fs::path sign(const fs::path& home, const std::string& token) {
  return home / "store" / "here" / token;
}

fs::path incoming(const fs::path& home, const std::string& name) {
  return home / "cache" / "incoming" / name;
}

}  // namespace store
