#include "models/room.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>

#include "diffusion/error.h"
#include "tests/fakes.h"

namespace {

void throw_system(int why) {
  throw std::filesystem::filesystem_error("writing", "file",
                                          std::error_code(why, std::system_category()));
}

}  // namespace

TEST_CASE("what finds no room on the disk is told from what goes wrong otherwise") {
  std::string why;
  CHECK(models::finds_room([] {}, why));
  CHECK_FALSE(models::finds_room([] { throw diffusion::DiskFull("no room here"); }, why));
  CHECK(why == "no room here");
  for (const int full : {ENOSPC, EDQUOT}) {
    CHECK_FALSE(models::finds_room([&] { throw_system(full); }, why));
    CHECK(why.find("writing") != std::string::npos);
  }
  CHECK_THROWS_AS(models::finds_room([] { throw_system(EACCES); }, why),
                  std::filesystem::filesystem_error);
  CHECK_THROWS_AS(models::finds_room([] { throw diffusion::Error("broken"); }, why),
                  diffusion::Error);
}

TEST_CASE("what waits for room says so, and goes on when there is some") {
  tests::RecordingOutbox out;
  int tries = 0;
  const auto began = std::chrono::steady_clock::now();
  models::wait_for_room(out, {.text = "writing", .step = 7}, [&] {
    if (++tries < 2) throw diffusion::DiskFull("no room here");
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
    throw diffusion::DiskFull("no room here");
  };
  CHECK_THROWS_AS(models::wait_for_room(out, {}, full), executor::Cancelled);
}
