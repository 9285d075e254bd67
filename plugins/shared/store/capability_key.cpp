#include "store/capability_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "executor/descriptor.h"
#include "executor/error.h"
#include "executor/files/durable_file.h"
#include "executor/files/file_error.h"
#include "executor/files/hmac.h"
#include "executor/files/random_id.h"
#include "schemas/id.h"
#include "store/layout.h"

namespace store {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, const std::string& why) {
  throw executor::Error("bad_config", file.string() + " " + why,
                        "stop the server, remove the file and start it again: a new one is made, "
                        "and what is in training begins again");
}

[[noreturn]] void fail(const fs::path& file) {
  throw executor::Error("unavailable", file.string() + ": " + std::strerror(errno),
                        "make room on the disk of SOUVENIR_HOME, or check its permissions");
}

// A file that appears whole, or not at all, and takes no other's place.
void make(const fs::path& file) {
  std::error_code ignored;
  if (fs::create_directories(file.parent_path(), ignored)) {
    fs::permissions(file.parent_path(), fs::perms::owner_all, ignored);
  }
  std::array<char, CapabilityKey::kBytes> bytes{};
  if (::getentropy(bytes.data(), bytes.size()) != 0) fail(file);
  const auto unfinished = file.parent_path() / files::random_id("capability-");
  const executor::Descriptor made(
      ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  const bool is_there = made.get() >= 0 &&
                        ::write(made.get(), bytes.data(), bytes.size()) == std::ssize(bytes) &&
                        ::fsync(made.get()) == 0 &&
                        (::link(unfinished.c_str(), file.c_str()) == 0 || errno == EEXIST);
  const int why = errno;
  ::unlink(unfinished.c_str());
  errno = why;
  if (!is_there) fail(file);
  files::flush_folder(file.parent_path());
}

// The group may be one that this installation alone uses, as with all else in the home folder.
std::string read(const fs::path& file) {
  const executor::Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (descriptor.get() < 0) {
    if (errno == ENOENT) return "";
    refuse(file, std::string("cannot be read: ") + std::strerror(errno));
  }
  struct stat info {};
  if (::fstat(descriptor.get(), &info) != 0) fail(file);
  if (!S_ISREG(info.st_mode) || static_cast<std::size_t>(info.st_size) != CapabilityKey::kBytes) {
    refuse(file, "is no key");
  }
  if ((info.st_mode & 007) != 0) refuse(file, "is secret, but others can read or write it");
  std::string bytes(CapabilityKey::kBytes, '\0');
  if (::read(descriptor.get(), bytes.data(), bytes.size()) != std::ssize(bytes)) fail(file);
  return bytes;
}

// What was granted has no line's end in any part, so that no two uses have one text.
std::string text_of(const Use& use) {
  auto text = "souvenir capability 1\n" + use.root + '\n' + use.kind + '\n' + use.id + '\n' +
              use.right + '\n';
  if (use.right == schemas::kWrite) text += use.job + '\n' + std::to_string(use.epoch);
  return text;
}

}  // namespace

CapabilityKey::CapabilityKey(const fs::path& home) {
  const auto file = capability_key(home);
  bytes_ = read(file);
  if (!bytes_.empty()) return;
  make(file);
  bytes_ = read(file);
  if (bytes_.empty()) fail(file);
}

schemas::Capability CapabilityKey::grant(const Use& use) const {
  for (const auto& part : {use.root, use.kind, use.id, use.right, use.job}) {
    if (use.root.empty() || part.find('\n') != std::string::npos) {
      throw executor::Error("internal", "a capability is asked for by what is no job");
    }
  }
  return {use.kind, use.id, use.right, files::hmac_sha256(bytes_, text_of(use))};
}

void CapabilityKey::require(const Use& use, const std::string& proof) const {
  if (!use.root.empty() &&
      files::equal_in_constant_time(proof, files::hmac_sha256(bytes_, text_of(use)))) {
    return;
  }
  throw executor::Error("forbidden",
                        "the job may not " + use.right + " " + use.kind + " '" +
                            use.id.substr(0, schemas::kMaxIdBytes) + "'",
                        "a job uses what its settings name, in the present attempt, with the "
                        "proofs that came with them");
}

}  // namespace store
