#include "executor/shared_blob.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <atomic>
#include <string>

#include "executor/error.h"
#include "schemas/limits.h"

namespace executor {
namespace {

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

std::atomic<std::size_t> kept = 0;  // mappings that hold a descriptor

// Memory of another process, to be read, and the descriptor to pass it on with.
struct Mapping {
  Mapping(Descriptor memory_in, void* data_in, std::size_t bytes_in)
      : memory(std::move(memory_in)), data(data_in), bytes(bytes_in) {
    ++kept;
  }
  ~Mapping() {
    ::munmap(data, bytes);
    --kept;
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  Descriptor memory;
  void* data;
  std::size_t bytes;
};

// By its type a blob's owner is known to be a Mapping.
struct Unmap {
  void operator()(const Mapping* mapping) const { delete mapping; }
};

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::size_t checked_size(int memory) {
  const int seals = ::fcntl(memory, F_GET_SEALS);
  if (seals < 0 || (seals & kSeals) != kSeals) {
    throw Error("protocol", "what was shared is not sealed memory");
  }
  struct stat facts {};
  if (::fstat(memory, &facts) != 0 || facts.st_size <= 0 ||
      static_cast<std::size_t>(facts.st_size) > schemas::kMaxBlobBytes) {
    throw Error("protocol", "a shared blob is empty or too large");
  }
  return static_cast<std::size_t>(facts.st_size);
}

schemas::Blob copy_of(int memory, std::size_t bytes) {
  std::string copy(bytes, '\0');
  for (std::size_t done = 0; done < bytes;) {
    const auto got = ::pread(memory, copy.data() + done, bytes - done, static_cast<off_t>(done));
    if (got <= 0) throw Error("protocol", "a shared blob cannot be read");
    done += static_cast<std::size_t>(got);
  }
  return schemas::Blob(std::move(copy));
}

}  // namespace

Descriptor share(std::string_view bytes) {
  Descriptor memory(::memfd_create("souvenir-blob", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const bool made =
      memory && write_all(memory.get(), bytes) && ::fcntl(memory.get(), F_ADD_SEALS, kSeals) == 0;
  return made ? std::move(memory) : Descriptor();
}

schemas::Blob blob_in(Descriptor memory) {
  const std::size_t bytes = checked_size(memory.get());
  if (kept >= kMaxSharedBlobs) return copy_of(memory.get(), bytes);
  void* data = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, memory.get(), 0);
  if (data == MAP_FAILED) return copy_of(memory.get(), bytes);
  std::shared_ptr<const Mapping> owner(new Mapping(std::move(memory), data, bytes), Unmap());
  return {std::move(owner), {static_cast<const char*>(data), bytes}};
}

int memory_of(const schemas::Blob& blob) {
  if (std::get_deleter<Unmap>(blob.owner()) == nullptr) return -1;
  const auto& mapping = *static_cast<const Mapping*>(blob.owner().get());
  const bool whole = blob.view().data() == mapping.data && blob.size() == mapping.bytes;
  return whole ? mapping.memory.get() : -1;
}

}  // namespace executor
