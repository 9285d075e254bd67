#include "flow/command/output_files.h"

#include <catch2/catch.hpp>

#include "executor/error.h"
#include "tests/flow/command/written_file.h"

namespace tests::command {

using flow::command::NumberedFiles;
using flow::command::slug;
using flow::command::write_new;
using schemas::Blob;

TEST_CASE("a prompt becomes a short name of letters, digits and dashes") {
  CHECK(slug("a sks dog, 3 m high!") == "a-sks-dog-3-m-high");
  CHECK(slug("../../etc/passwd") == "etc-passwd");
  CHECK(slug("\xe7\x8a\xac \x01") == "picture");
  CHECK(slug("") == "picture");
  CHECK(slug(std::string(1000, 'a')).size() == 40);
}

TEST_CASE("pictures are numbered on, and no file is written over") {
  const TemporaryFolder folder;
  const auto inside = folder.path() / "new" / "folder";
  {
    NumberedFiles files(inside);
    CHECK(files.write("7-a-dog", Blob("one")).filename() == "00001-7-a-dog.png");
    CHECK(files.write("8-a-dog", Blob("two")).filename() == "00002-8-a-dog.png");
  }
  NumberedFiles again(inside);
  write(inside / "00003-7-a-dog.png", "of another program");
  CHECK(again.write("7-a-dog", Blob("four")).filename() == "00004-7-a-dog.png");
  CHECK(read(inside / "00003-7-a-dog.png") == "of another program");
  CHECK(read(inside / "00001-7-a-dog.png") == "one");
}

TEST_CASE("a new file is not written where one is") {
  const TemporaryFolder folder;
  CHECK(write_new(folder.path() / "a.png", Blob("one")));
  CHECK_FALSE(write_new(folder.path() / "a.png", Blob("two")));
  CHECK(read(folder.path() / "a.png") == "one");
}

TEST_CASE("a folder that cannot be made is an error that names it") {
  const TemporaryFolder folder;
  const auto file = write(folder.path() / "file", "x");
  CHECK_THROWS_WITH(NumberedFiles(file / "below"), Catch::Contains("below"));
}

TEST_CASE("today is a date") {
  CHECK_THAT(flow::command::today(), Catch::Matches("\\d{4}-\\d{2}-\\d{2}"));
}

}  // namespace tests::command
