#include "executor/files/file_lock.h"

#include <catch2/catch.hpp>
#include <optional>
#include <stdexcept>

#include "executor/files/file_error.h"
#include "executor/files/temporary_folder.h"

using files::FileLock;
using files::TemporaryFolder;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kLook{1};

// What `work` throws as files::Error.
template <class Work>
std::string error_of(const Work& work) {
  try {
    work();
  } catch (const files::Error& e) {
    return e.what();
  }
  FAIL("nothing was thrown");
  return "";
}

void nobody() {
  FAIL("nobody holds the lock");
}

}  // namespace

TEST_CASE("a lock that nobody holds is taken at once, again and again") {
  const TemporaryFolder folder;
  for (int turn = 0; turn < 2; ++turn) const FileLock lock(folder / "lock", nobody, kLook);
}

TEST_CASE("who waits for a lock is asked for signs of life until the holder is gone") {
  const TemporaryFolder folder;
  std::optional<FileLock> holder(std::in_place, folder / "lock", nobody, kLook);
  int looks = 0;
  const FileLock lock(
      folder / "lock",
      [&] {
        if (++looks == 3) holder.reset();
      },
      kLook);
  CHECK(looks == 3);
}

TEST_CASE("who gives up waiting leaves the lock to its holder and to those after him") {
  const TemporaryFolder folder;
  {
    const FileLock holder(folder / "lock", nobody, kLook);
    CHECK_THROWS_AS(FileLock(
                        folder / "lock", [] { throw std::runtime_error("enough"); }, kLook),
                    std::runtime_error);
  }
  const FileLock lock(folder / "lock", nobody, kLook);
}

TEST_CASE("a lock file that cannot be made is an error") {
  const TemporaryFolder folder;
  CHECK_THAT(error_of([&] { FileLock(folder / "missing" / "lock", nobody, kLook); }),
             Catch::Contains("cannot be opened"));
}
