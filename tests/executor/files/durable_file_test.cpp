#include "executor/files/durable_file.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "executor/files/file_error.h"
#include "executor/files/temporary_folder.h"

using files::flush_tree;

TEST_CASE("a tree of files and folders is flushed, and stays as it is") {
  const files::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "model/unet");
  std::ofstream(folder / "model/unet/weights") << "bytes";
  std::filesystem::permissions(folder / "model/unet/weights", std::filesystem::perms::owner_read);
  flush_tree(folder / "model");
  CHECK(std::filesystem::file_size(folder / "model/unet/weights") == 5);
}

TEST_CASE("a tree with what is neither file nor folder is refused by name") {
  const files::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "model");
  SECTION("a symbolic link, whatever it leads to") {
    std::filesystem::create_symlink("/etc/hostname", folder / "model/odd");
  }
  SECTION("a named pipe, which nobody would ever write") {
    REQUIRE(::mkfifo((folder / "model/odd").c_str(), 0600) == 0);
  }
  CHECK_THROWS_WITH(flush_tree(folder / "model"),
                    Catch::EndsWith("model/odd: is not a plain file"));
}

TEST_CASE("a tree that is not there is an error") {
  const files::TemporaryFolder folder;
  CHECK_THROWS_AS(flush_tree(folder / "missing"), files::Error);
}

TEST_CASE("whoever has a tree flushed hears of each file before, with its bytes, and can stop it") {
  const files::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "unet");
  std::ofstream(folder / "unet/weights") << "bytes";
  std::vector<std::uint64_t> heard;
  flush_tree(folder.path(), [&](std::uint64_t bytes) { heard.push_back(bytes); });
  CHECK(heard == std::vector<std::uint64_t>{0, 5});  // a folder has no bytes of its own
  const auto stop = [](std::uint64_t) { throw std::logic_error("stop"); };
  CHECK_THROWS_AS(flush_tree(folder.path(), stop), std::logic_error);
}
