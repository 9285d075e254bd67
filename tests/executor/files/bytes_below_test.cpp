#include "executor/files/bytes_below.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "executor/files/temporary_folder.h"

TEST_CASE("the bytes below a folder are those of its files, and none without it") {
  const files::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "inner");
  std::ofstream(folder / "one") << "12345";
  std::ofstream(folder / "inner/two") << "678";
  CHECK(files::bytes_below(folder.path()) == 8);
  CHECK(files::bytes_below(folder / "missing") == 0);
}
