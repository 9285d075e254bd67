#include "store/partial_transfer.h"

#include <catch2/catch.hpp>

#include "executor/files/sha256.h"
#include "store/transfer_limits.h"
#include "tests/plugins/shared/store/transfer_fixture.h"

using store::PartialTransfer;
using tests::code_of;

namespace fs = std::filesystem;

namespace {

/// A transfer of a file that takes three pieces, and one that takes none.
struct Sent {
  Sent() {
    tests::write(source / "unet/weights", tests::bytes(2 * store::kPieceBytes + 5));
    tests::write(source / "empty", "");
    files = store::describe(source.path(), tests::no_beat);
  }
  PartialTransfer open() const { return {home / "incoming", files, tests::no_beat}; }
  std::string piece(std::uint64_t offset) const {
    return std::string(store::read_piece(source.path(), files[1], offset).view());
  }
  bool add(PartialTransfer& incoming, std::uint64_t offset) const {
    const auto bytes = piece(offset);
    return incoming.add(1, offset, bytes, files::sha256_of(bytes));
  }
  bool arrived() const {
    return tests::read(home / "to/unet/weights") == tests::read(source / "unet/weights") &&
           fs::is_regular_file(home / "to/empty");
  }

  files::TemporaryFolder source, home;
  store::Files files;
};

constexpr auto kPiece = store::kPieceBytes;

}  // namespace

TEST_CASE("a transfer arrives piece by piece, and appears as a whole") {
  const Sent sent;
  auto incoming = sent.open();
  for (const auto offset : {std::uint64_t{0}, kPiece, 2 * kPiece}) {
    CHECK(code_of([&] { incoming.finish(sent.home / "to"); }) == "protocol");
    CHECK_FALSE(fs::exists(sent.home / "to"));
    CHECK(sent.add(incoming, offset));
  }
  CHECK(incoming.held() == std::vector<std::uint64_t>{0, 2 * kPiece + 5});
  incoming.finish(sent.home / "to");
  CHECK(sent.arrived());
  CHECK_FALSE(fs::exists(sent.home / "incoming"));
}

TEST_CASE("a transfer takes the place of the one before") {
  const Sent sent;
  tests::write(sent.home / "to/old", "old");
  auto incoming = sent.open();
  for (const auto offset : {std::uint64_t{0}, kPiece, 2 * kPiece}) sent.add(incoming, offset);
  incoming.finish(sent.home / "to");
  CHECK(sent.arrived());
  CHECK_FALSE(fs::exists(sent.home / "to/old"));
}

TEST_CASE("a damaged piece is not taken, and the same piece is taken after it") {
  const Sent sent;
  auto incoming = sent.open();
  auto bytes = sent.piece(0);
  const auto hash = files::sha256_of(bytes);
  bytes[kPiece / 2] ^= 1;
  CHECK_FALSE(incoming.add(1, 0, bytes, hash));
  CHECK(incoming.held()[1] == 0);
  CHECK(sent.add(incoming, 0));
}

TEST_CASE("what was broken off goes on where the last piece ended") {
  const Sent sent;
  {
    auto first = sent.open();
    sent.add(first, 0);
    sent.add(first, kPiece);
  }
  auto second = sent.open();
  CHECK(second.held()[1] == 2 * kPiece);
  CHECK(sent.add(second, 2 * kPiece));
  second.finish(sent.home / "to");
  CHECK(sent.arrived());
}

TEST_CASE("a transfer of other files begins from the start") {
  const Sent sent;
  {
    auto first = sent.open();
    sent.add(first, 0);
  }
  auto other = sent.files;
  other[1].sha256[0] = other[1].sha256[0] == '0' ? '1' : '0';
  const PartialTransfer second(sent.home / "incoming", other, tests::no_beat);
  CHECK(second.held() == std::vector<std::uint64_t>{0, 0});
}

TEST_CASE("what was damaged on disk meanwhile is found at the end, and fetched again") {
  const Sent sent;
  {
    auto first = sent.open();
    sent.add(first, 0);
  }
  const auto file = sent.home / "incoming/tree/unet/weights";
  auto text = tests::read(file);
  text[7] ^= 1;
  tests::write(file, text);
  auto second = sent.open();
  sent.add(second, kPiece);
  sent.add(second, 2 * kPiece);
  CHECK(code_of([&] { second.finish(sent.home / "to"); }) == "protocol");
  CHECK_FALSE(fs::exists(sent.home / "to"));
  CHECK(second.held()[1] == 0);
  for (const auto offset : {std::uint64_t{0}, kPiece, 2 * kPiece}) CHECK(sent.add(second, offset));
  second.finish(sent.home / "to");
  CHECK(sent.arrived());
}

TEST_CASE("a piece is the next one, of 1 to kPieceBytes bytes, and not beyond the file") {
  const Sent sent;
  auto incoming = sent.open();
  const auto refused = [&](std::uint64_t file, std::uint64_t offset, const std::string& bytes) {
    return code_of([&] { incoming.add(file, offset, bytes, files::sha256_of(bytes)); }) ==
           "protocol";
  };
  CHECK(refused(2, 0, "a"));
  CHECK(refused(1, 1, "a"));
  CHECK(refused(1, 0, ""));
  CHECK(refused(0, 0, "a"));
  CHECK(refused(1, 0, tests::bytes(kPiece + 1)));
  CHECK(sent.add(incoming, 0));
  CHECK(refused(1, 0, sent.piece(0)));
  CHECK(sent.add(incoming, kPiece));
  CHECK(refused(1, 2 * kPiece, "123456"));
  CHECK(sent.add(incoming, 2 * kPiece));
}
