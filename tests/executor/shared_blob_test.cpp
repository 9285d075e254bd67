#include "executor/shared_blob.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <vector>

#include "executor/error.h"
#include "schemas/limits.h"

using executor::blob_in;
using executor::Descriptor;
using executor::kMaxSharedBlobs;
using executor::memory_of;
using executor::share;
using schemas::Blob;

namespace {

constexpr int kAllSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// Memory of that size, of zeros, with these seals.
Descriptor memory(std::size_t bytes, int seals) {
  Descriptor made(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  REQUIRE(::ftruncate(made.get(), static_cast<off_t>(bytes)) == 0);
  REQUIRE(::fcntl(made.get(), F_ADD_SEALS, seals) == 0);
  return made;
}

ino_t number_of(int file) {
  struct stat facts {};
  REQUIRE(::fstat(file, &facts) == 0);
  return facts.st_ino;
}

}  // namespace

TEST_CASE("a shared blob has the bytes of the first one, which nobody can change") {
  const std::string bytes = std::string(100'000, 'a') + "end";
  const Descriptor shared = share(bytes);
  REQUIRE(shared);
  CHECK(::pwrite(shared.get(), "b", 1, 0) < 0);
  CHECK(::ftruncate(shared.get(), 1) < 0);
  const Blob blob = blob_in(Descriptor(::dup(shared.get())));
  CHECK(blob.view() == bytes);
  CHECK(number_of(memory_of(blob)) == number_of(shared.get()));
}

TEST_CASE("only a whole blob that was shared has memory behind it") {
  const Blob blob = blob_in(share("a shared blob"));
  CHECK(memory_of(blob) >= 0);
  CHECK(memory_of(Blob(blob.owner(), blob.view().substr(2))) == -1);
  CHECK(memory_of(Blob("plain bytes")) == -1);
  CHECK(memory_of(Blob()) == -1);
}

TEST_CASE("a shared blob outlives the descriptor that it came with") {
  Blob kept;
  {
    const Blob blob = blob_in(share("kept"));
    kept = blob;
  }
  CHECK(kept.view() == "kept");
}

TEST_CASE("memory that its sender could still change or shrink is refused") {
  for (const int missing : {F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE}) {
    CHECK_THROWS_AS(blob_in(memory(4096, kAllSeals & ~missing)), executor::Error);
  }
  CHECK_NOTHROW(blob_in(memory(4096, kAllSeals)));
}

TEST_CASE("a file or a pipe is refused") {
  CHECK_THROWS_AS(blob_in(Descriptor(::open("/proc/self/exe", O_RDONLY))), executor::Error);
  int ends[2] = {};
  REQUIRE(::pipe(ends) == 0);
  const Descriptor other(ends[1]);
  CHECK_THROWS_AS(blob_in(Descriptor(ends[0])), executor::Error);
  CHECK_THROWS_AS(blob_in(Descriptor()), executor::Error);
}

TEST_CASE("a shared blob is taken up to the limit of blobs and refused one byte past it") {
  CHECK(blob_in(memory(schemas::kMaxBlobBytes, kAllSeals)).size() == schemas::kMaxBlobBytes);
  CHECK_THROWS_AS(blob_in(memory(schemas::kMaxBlobBytes + 1, kAllSeals)), executor::Error);
  CHECK_THROWS_AS(blob_in(memory(0, kAllSeals)), executor::Error);
}

TEST_CASE("of so many shared blobs the memory is kept; the next one is copied") {
  std::vector<Blob> blobs;
  while (blobs.size() < kMaxSharedBlobs) blobs.push_back(blob_in(share("bytes")));
  CHECK(memory_of(blobs.back()) >= 0);
  const Blob copied = blob_in(share("bytes"));
  CHECK(memory_of(copied) == -1);
  CHECK(copied.view() == "bytes");
  blobs.pop_back();
  CHECK(memory_of(blob_in(share("bytes"))) >= 0);
}
