#include <catch2/catch.hpp>

#include "store/transfer_limits.h"
#include "tests/plugins/shared/store/transfer_fixture.h"

using store::Files;
using tests::code_of;

namespace fs = std::filesystem;

namespace {

const std::string kDigest(64, 'a');

Files named(const std::string& name) {
  return {{name, 1, kDigest}};
}

bool is_sound(const Files& files) {
  return code_of([&] { store::require_sound(files); }).empty();
}

std::string levels(std::size_t count) {
  std::string name = "a";
  while (--count > 0) name += "/a";
  return name;
}

}  // namespace

TEST_CASE("a folder is described by the names, sizes and hashes of its files") {
  const files::TemporaryFolder folder;
  tests::write(folder / "unet/config.json", "abc");
  tests::write(folder / "model_index.json", "");
  const auto files = store::describe(folder.path(), tests::no_beat);
  REQUIRE(files.size() == 2);
  CHECK(files[0].name == "model_index.json");
  CHECK(files[0].bytes == 0);
  CHECK(files[1].name == "unet/config.json");
  CHECK(files[1].bytes == 3);
  // FIPS 180-4, the example "abc".
  CHECK(files[1].sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(store::bytes_of(files) == 3);
}

TEST_CASE("a folder that is not there, or holds a link, is not described") {
  const files::TemporaryFolder folder;
  CHECK(code_of([&] { store::describe(folder / "none", tests::no_beat); }) == "not_found");
  fs::create_symlink("/etc/passwd", folder / "link");
  CHECK(code_of([&] { store::describe(folder.path(), tests::no_beat); }) == "internal");
}

TEST_CASE("a name stays inside its folder") {
  for (const char* name : {"a", "unet/diffusion_pytorch_model.safetensors", "a-b_C.9", "a..b"}) {
    CAPTURE(name);
    CHECK(is_sound(named(name)));
  }
  for (const char* name : {"", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.b", ".a", "a b",
                           "a\\b", "a\nb", "\xc3\xa4"}) {
    CAPTURE(name);
    CHECK_FALSE(is_sound(named(name)));
  }
  CHECK_FALSE(is_sound(named(std::string("a\0b", 3))));
}

TEST_CASE("a transfer is within its limits, and not one past them") {
  using namespace store;
  CHECK(is_sound(named(std::string(kMaxNameBytes, 'a'))));
  CHECK_FALSE(is_sound(named(std::string(kMaxNameBytes + 1, 'a'))));
  CHECK(is_sound(named(levels(kMaxLevels))));
  CHECK_FALSE(is_sound(named(levels(kMaxLevels + 1))));
  Files files;
  CHECK_FALSE(is_sound(files));
  for (std::size_t i = 0; i < kMaxFiles; ++i) files.push_back({std::to_string(i), 1, kDigest});
  CHECK(is_sound(files));
  files.push_back({"one-more", 1, kDigest});
  CHECK_FALSE(is_sound(files));
  CHECK(is_sound({{"a", kMaxTransferBytes - 1, kDigest}, {"b", 1, kDigest}}));
  CHECK_FALSE(is_sound({{"a", kMaxTransferBytes, kDigest}, {"b", 1, kDigest}}));
  CHECK_FALSE(is_sound({{"a", 1, kDigest}, {"b", ~0ull, kDigest}}));
}

TEST_CASE("no file comes twice or without a hash") {
  CHECK_FALSE(is_sound({{"a", 1, kDigest}, {"a", 1, kDigest}}));
  for (const auto& digest : std::vector<std::string>{"", kDigest.substr(1), kDigest + "a",
                                                     std::string(64, 'A'), std::string(64, 'g')}) {
    CHECK_FALSE(is_sound({{"a", 1, digest}}));
  }
}

TEST_CASE("a file is read in pieces") {
  const files::TemporaryFolder folder;
  const auto text = tests::bytes(store::kPieceBytes + 1);
  tests::write(folder / "a", text);
  const auto file = store::describe(folder.path(), tests::no_beat).at(0);
  CHECK(store::read_piece(folder.path(), file, 0).view() ==
        std::string_view(text).substr(0, store::kPieceBytes));
  CHECK(store::read_piece(folder.path(), file, store::kPieceBytes).view() ==
        std::string_view(text).substr(store::kPieceBytes));
  CHECK(code_of([&] { store::read_piece(folder.path(), file, file.bytes); }) == "internal");
  fs::resize_file(folder / "a", 5);  // it became shorter meanwhile
  CHECK(code_of([&] { store::read_piece(folder.path(), file, 0); }) == "internal");
}
