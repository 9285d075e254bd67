#include "executor/files/read_file.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "executor/files/file_error.h"
#include "executor/files/temporary_folder.h"

using files::read_file;

TEST_CASE("a file is read as it is: empty, with NULs, large, without a last newline") {
  const files::TemporaryFolder folder;
  const std::string bytes =
      GENERATE(std::string(), std::string("a\0b\r\n\xff", 6), std::string(3'000'000, 'x'));
  std::ofstream(folder / "file", std::ios::binary) << bytes;
  CHECK(read_file(folder / "file") == bytes);
}

TEST_CASE("a pipe is read to its end") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], "words", 5) == 5);
  ::close(ends[1]);
  CHECK(read_file("/dev/fd/" + std::to_string(ends[0])) == "words");
  ::close(ends[0]);
}

TEST_CASE("what is not there or no file is an error with its name and its cause") {
  const files::TemporaryFolder folder;
  CHECK_THROWS_WITH(read_file(folder / "missing"),
                    Catch::EndsWith("missing: cannot be read: No such file or directory"));
  CHECK_THROWS_WITH(read_file(folder.path()), Catch::EndsWith("cannot be read: Is a directory"));
}
