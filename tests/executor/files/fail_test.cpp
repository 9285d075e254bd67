#include "executor/files/fail.h"

#include <catch2/catch.hpp>

namespace fs = std::filesystem;

namespace {

void refuse_with(std::errc why) {
  files::with_file_errors(
      [&] { throw fs::filesystem_error("cannot rename", "model", std::make_error_code(why)); });
}

}  // namespace

TEST_CASE("what std::filesystem says of a disk becomes an error of files, with file and cause") {
  CHECK_THROWS_AS(refuse_with(std::errc::permission_denied), files::Error);
  CHECK_THROWS_WITH(refuse_with(std::errc::permission_denied),
                    "model: cannot be used: Permission denied");
}

TEST_CASE("a full disk is told apart, whoever says so") {
  CHECK_THROWS_AS(refuse_with(std::errc::no_space_on_device), files::DiskFull);
  try {
    refuse_with(std::errc::permission_denied);
  } catch (const files::DiskFull&) {
    FAIL("no permission is no full disk");
  } catch (const files::Error&) {
  }
}
