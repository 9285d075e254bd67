#include "executor/files/file_lock.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <thread>

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

}  // namespace

TEST_CASE("a lock that nobody holds is taken at once, again and again") {
  const TemporaryFolder folder;
  for (int turn = 0; turn < 2; ++turn) CHECK(FileLock(folder / "lock").try_lock());
}

TEST_CASE("a lock that is only open is held by nobody") {
  const TemporaryFolder folder;
  const FileLock open(folder / "lock");
  CHECK(FileLock(folder / "lock").try_lock());
}

TEST_CASE("who tries a lock that another holds does not get it until the holder is gone") {
  const TemporaryFolder folder;
  std::optional<FileLock> holder(std::in_place, folder / "lock");
  REQUIRE(holder->try_lock());
  FileLock lock(folder / "lock");
  CHECK_FALSE(lock.try_lock());
  holder.reset();
  CHECK(lock.try_lock());
}

TEST_CASE("who waits for a lock is asked for signs of life until the holder is gone") {
  const TemporaryFolder folder;
  std::optional<FileLock> holder(std::in_place, folder / "lock");
  holder->lock();
  int looks = 0;
  FileLock lock(folder / "lock");
  lock.lock(
      [&] {
        if (++looks == 3) holder.reset();
      },
      kLook);
  CHECK(looks == 3);
}

TEST_CASE("who waits without signs of life gets the lock from a holder in another thread") {
  const TemporaryFolder folder;
  std::optional<FileLock> holder(std::in_place, folder / "lock");
  holder->lock();
  std::thread other([&] { holder.reset(); });
  FileLock lock(folder / "lock");
  lock.lock();
  CHECK_FALSE(FileLock(folder / "lock").try_lock());
  other.join();
}

TEST_CASE("who gives up waiting leaves the lock to its holder and to those after him") {
  const TemporaryFolder folder;
  {
    FileLock holder(folder / "lock"), hasty(folder / "lock");
    holder.lock();
    CHECK_THROWS_AS(hasty.lock([] { throw std::runtime_error("enough"); }, kLook),
                    std::runtime_error);
    CHECK_FALSE(hasty.try_lock());
  }
  CHECK(FileLock(folder / "lock").try_lock());
}

TEST_CASE("two do not hold a lock because the holder before them has removed its file") {
  const TemporaryFolder folder;
  std::optional<FileLock> holder(std::in_place, folder / "lock");
  holder->lock();
  FileLock early(folder / "lock");
  std::filesystem::remove(folder / "lock");
  holder.reset();
  CHECK(early.try_lock());
  CHECK_FALSE(FileLock(folder / "lock").try_lock());
}

TEST_CASE("a lock file is its owner's alone") {
  const TemporaryFolder folder;
  const FileLock lock(folder / "lock");
  using std::filesystem::perms;
  CHECK(std::filesystem::status(folder / "lock").permissions() ==
        (perms::owner_read | perms::owner_write));
}

TEST_CASE("a lock file that cannot be made is an error") {
  const TemporaryFolder folder;
  CHECK_THAT(error_of([&] { FileLock(folder / "missing" / "lock"); }),
             Catch::Contains("cannot be opened"));
}
