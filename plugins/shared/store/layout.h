#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

/// What lies where in SOUVENIR_HOME, as far as plugins write there: no other file of theirs spells
/// a path of it. Nothing is made or looked at here. Who writes what, on the registry's host:
///
///   registry.db             registry   identifiers and versions
///   store/versions/ID       registry   published models; never changed once they are there
///   store/replay/ID         registry   what a metamodel keeps of the thing that ID learned
///   store/staging/ID        trainer    a version on its way; storage seals it, registry moves it
///   store/staging/ID-replay sampler    likewise
///   store/incoming/JOB/KIND storage    what arrives from another host
///   store/capability.key    registry   or storage: who may use what (capability_key.h)
///   store/removed/          registry   what is being removed (trash.h)
///   store/here/TOKEN        stages     shows who shares this disk (same_disk_probe.h)
///   checkpoints/JOB         trainer    or storage, of a job that trains elsewhere
///   removed/                trainer    what is being removed of its own (checkpoints.h)
///   cache/prior/            sampler    category latents
///   converted/              stages     single-file checkpoints as folders
///
/// and on a host with a disk of its own:
///
///   cache/versions/ID       stages     versions that were brought
///   cache/incoming/NAME     stages     what is being brought
///   store/replay, store/staging, checkpoints: what was brought, or is to be sent
///
/// Every function that makes a path of an id throws Error(bad_input) on what is none.
namespace store {

/// Throws Error(bad_input) unless `id` is made of 1 to 64 of a-z, 0-9 and '-', which makes it safe
/// as the name of a folder. `what` names it in the text: "version".
void check_id(const std::string& id, const std::string& what);

/// A function of those below that makes the path of a folder.
using Place = std::filesystem::path (*)(const std::filesystem::path& home);
/// The folders as a plugin's table names them (Plugin::reads, Plugin::writes): without the home.
std::vector<std::string> declared(std::initializer_list<Place> folders);
/// The same of what the registry writes: folders, its database, and the files that SQLite keeps
/// beside that.
std::vector<std::string> registry_writes();

std::filesystem::path registry_database(const std::filesystem::path& home);
std::filesystem::path store_folder(const std::filesystem::path& home);

std::filesystem::path capability_key(const std::filesystem::path& home);

std::filesystem::path all_versions(const std::filesystem::path& home);
std::filesystem::path published_folder(const std::filesystem::path& home,
                                       const std::string& version);

std::filesystem::path all_replays(const std::filesystem::path& home);
/// Of a thing, by the version that learned it.
std::filesystem::path replay_folder(const std::filesystem::path& home, const std::string& version);

std::filesystem::path all_staged(const std::filesystem::path& home);
/// Where the trainer leaves a finished version for the registry to publish.
std::filesystem::path staging_folder(const std::filesystem::path& home, const std::string& version);
/// Where a thing's replay lies until its version is published.
std::filesystem::path staged_replay_folder(const std::filesystem::path& home,
                                           const std::string& version);
/// The version that an entry of all_versions(), all_replays() or all_staged() belongs to.
std::string version_of_entry(const std::filesystem::path& entry);

std::filesystem::path all_arriving(const std::filesystem::path& home);
/// All that arrives for a job.
std::filesystem::path arriving_folder(const std::filesystem::path& home, const std::string& job);

std::filesystem::path all_checkpoints(const std::filesystem::path& home);
std::filesystem::path checkpoint_folder(const std::filesystem::path& home, const std::string& job);

std::filesystem::path removed_folder(const std::filesystem::path& home);
std::filesystem::path removed_checkpoints(const std::filesystem::path& home);
/// Of the files that show who shares this disk.
std::filesystem::path all_probes(const std::filesystem::path& home);
std::filesystem::path probe_file(const std::filesystem::path& home, const std::string& token);

std::filesystem::path cache_folder(const std::filesystem::path& home);
std::filesystem::path cached_version(const std::filesystem::path& home, const std::string& version);
/// `name` is the caller's, not a user's.
std::filesystem::path cache_incoming(const std::filesystem::path& home, const std::string& name);
std::filesystem::path prior_cache(const std::filesystem::path& home);
std::filesystem::path converted_models(const std::filesystem::path& home);

}  // namespace store
