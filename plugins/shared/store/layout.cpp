#include "store/layout.h"

#include <string_view>

#include "executor/error.h"
#include "schemas/id.h"

namespace store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kReplaySuffix = "-replay";

fs::path by_id(const fs::path& folder, const std::string& id, const char* what) {
  check_id(id, what);
  return folder / id;
}

}  // namespace

void check_id(const std::string& id, const std::string& what) {
  if (schemas::is_id(id)) return;
  throw executor::Error("bad_input", "'" + id.substr(0, schemas::kMaxIdBytes) + "' is no " + what +
                                         ": an id has 1 to 64 of a-z, 0-9 and '-'");
}

std::vector<std::string> declared(std::initializer_list<Place> folders) {
  std::vector<std::string> names;
  for (const auto place : folders) names.push_back(place("").string() + "/");
  return names;
}

std::vector<std::string> registry_writes() {
  auto names = declared({store_folder, all_checkpoints, converted_models});
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    names.push_back(registry_database("").string() + suffix);
  }
  return names;
}

fs::path registry_database(const fs::path& home) {
  return home / "registry.db";
}

fs::path store_folder(const fs::path& home) {
  return home / "store";
}

fs::path capability_key(const fs::path& home) {
  return store_folder(home) / "capability.key";
}

fs::path all_versions(const fs::path& home) {
  return store_folder(home) / "versions";
}

fs::path published_folder(const fs::path& home, const std::string& version) {
  return by_id(all_versions(home), version, "version");
}

fs::path all_replays(const fs::path& home) {
  return store_folder(home) / "replay";
}

fs::path replay_folder(const fs::path& home, const std::string& version) {
  return by_id(all_replays(home), version, "version");
}

fs::path all_staged(const fs::path& home) {
  return store_folder(home) / "staging";
}

fs::path staging_folder(const fs::path& home, const std::string& version) {
  return by_id(all_staged(home), version, "version");
}

fs::path staged_replay_folder(const fs::path& home, const std::string& version) {
  return staging_folder(home, version).concat(kReplaySuffix);
}

std::string version_of_entry(const fs::path& entry) {
  auto name = entry.filename().string();
  if (name.ends_with(kReplaySuffix)) name.resize(name.size() - kReplaySuffix.size());
  return name;
}

fs::path all_arriving(const fs::path& home) {
  return store_folder(home) / "incoming";
}

fs::path arriving_folder(const fs::path& home, const std::string& job) {
  return by_id(all_arriving(home), job, "job");
}

fs::path all_checkpoints(const fs::path& home) {
  return home / "checkpoints";
}

fs::path checkpoint_folder(const fs::path& home, const std::string& job) {
  return by_id(all_checkpoints(home), job, "job");
}

fs::path removed_folder(const fs::path& home) {
  return store_folder(home) / "removed";
}

fs::path removed_checkpoints(const fs::path& home) {
  return home / "removed";
}

fs::path all_probes(const fs::path& home) {
  return store_folder(home) / "here";
}

fs::path probe_file(const fs::path& home, const std::string& token) {
  return by_id(all_probes(home), token, "token");
}

fs::path cache_folder(const fs::path& home) {
  return home / "cache";
}

fs::path cached_version(const fs::path& home, const std::string& version) {
  return by_id(cache_folder(home) / "versions", version, "version");
}

fs::path cache_incoming(const fs::path& home, const std::string& name) {
  return cache_folder(home) / "incoming" / name;
}

fs::path prior_cache(const fs::path& home) {
  return cache_folder(home) / "prior";
}

fs::path converted_models(const fs::path& home) {
  return home / "converted";
}

}  // namespace store
