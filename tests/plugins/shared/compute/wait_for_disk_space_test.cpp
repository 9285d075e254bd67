#include "compute/wait_for_disk_space.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>

#include "executor/files/file_error.h"
#include "tests/fakes.h"

namespace {

void throw_system(int why) {
  throw std::filesystem::filesystem_error("writing", "file",
                                          std::error_code(why, std::system_category()));
}

}  // namespace

TEST_CASE("what finds no room on the disk is told from what goes wrong otherwise") {
  std::string why;
  CHECK(compute::finds_disk_space([] {}, why));
  CHECK_FALSE(compute::finds_disk_space([] { throw files::DiskFull("no room here"); }, why));
  CHECK(why == "no room here");
  for (const int full : {ENOSPC, EDQUOT}) {
    CHECK_FALSE(compute::finds_disk_space([&] { throw_system(full); }, why));
    CHECK(why.find("writing") != std::string::npos);
  }
  CHECK_THROWS_AS(compute::finds_disk_space([] { throw_system(EACCES); }, why),
                  std::filesystem::filesystem_error);
  CHECK_THROWS_AS(compute::finds_disk_space([] { throw files::Error("broken"); }, why),
                  files::Error);
}

TEST_CASE("what waits for room says so, and goes on when there is some") {
  tests::RecordingOutbox out;
  int tries = 0;
  const auto began = std::chrono::steady_clock::now();
  compute::wait_for_disk_space(out, {.text = "writing", .step = 7}, [&] {
    if (++tries < 2) throw files::DiskFull("no room here");
  });
  CHECK(tries == 2);
  CHECK(std::chrono::steady_clock::now() - began >= std::chrono::seconds(1));
  REQUIRE(out.shown.size() == 2);
  CHECK(out.shown[0].progress.text.find("waiting: no room here") == 0);
  CHECK(out.shown[0].progress.step == 7);
  CHECK(out.shown[1].progress.text == "writing");
}

TEST_CASE("who waits for room hears that the job was cancelled") {
  tests::RecordingOutbox out;
  const auto full = [&] {
    out.cancel = true;
    throw files::DiskFull("no room here");
  };
  CHECK_THROWS_AS(compute::wait_for_disk_space(out, {}, full), executor::Cancelled);
}
