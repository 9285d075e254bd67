#include "executor/files/read_file.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "executor/files/file_error.h"
#include "executor/files/input_file.h"
#include "executor/files/temporary_folder.h"

using files::read_file;

TEST_CASE("a file is read as it is: empty, with NULs, large, without a last newline") {
  const files::TemporaryFolder folder;
  const std::string bytes =
      GENERATE(std::string(), std::string("a\0b\r\n\xff", 6), std::string(3'000'000, 'x'));
  std::ofstream(folder / "file", std::ios::binary) << bytes;
  CHECK(read_file(folder / "file") == bytes);
}

TEST_CASE("a file of the most bytes is read, and one of a byte more is refused with its name") {
  const files::TemporaryFolder folder;
  std::ofstream(folder / "file") << "12345";
  CHECK(read_file(folder / "file", 5) == "12345");
  CHECK_THROWS_WITH(
      read_file(folder / "file", 4),
      Catch::EndsWith("file: cannot be read: its 5 bytes are more than the 4 that are "
                      "read"));
}

TEST_CASE("a file that grows while it is read is read to its end, within the limit") {
  const files::TemporaryFolder folder;
  std::ofstream(folder / "file") << "12345";
  const files::InputFile opened(folder / "file");
  std::ofstream(folder / "file", std::ios::app) << std::string(10'000, '6');
  CHECK(opened.text(10'005).size() == 10'005);
  CHECK_THROWS_AS(opened.text(10'004), files::Error);
}

TEST_CASE("a file of the kernel's, which says that it is empty, is read") {
  CHECK(read_file("/proc/self/stat").find('(') != std::string::npos);
}

TEST_CASE("what is not there or no regular file is an error with its name and its cause") {
  const files::TemporaryFolder folder;
  CHECK_THROWS_WITH(read_file(folder / "missing"),
                    Catch::EndsWith("missing: cannot be read: No such file or directory"));
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  std::filesystem::create_symlink("/dev/zero", folder / "zero");
  std::filesystem::create_symlink("fifo", folder / "link");
  std::filesystem::create_symlink("loop", folder / "loop");
  for (const char* name : {"fifo", "zero", "link", "."}) {
    CHECK_THROWS_WITH(read_file(folder / name),
                      Catch::EndsWith("cannot be read: it is not a regular file"));
  }
  CHECK_THROWS_AS(read_file(folder / "loop"), files::Error);
}
