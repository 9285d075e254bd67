#include "schemas/header.h"

#include <catch2/catch.hpp>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "schemas/codec.h"

using schemas::Header;
using schemas::Kind;

namespace {

template <typename... Entries>
std::string pack(const Entries&... entries) {
  msgpack::sbuffer buffer;
  msgpack::packer<msgpack::sbuffer> packer(buffer);
  packer.pack_map(sizeof...(entries) / 2);
  (packer.pack(entries), ...);
  return {buffer.data(), buffer.size()};
}

void refused(const std::string& bytes, const std::string& why) {
  CHECK_THROWS_WITH(schemas::decode_header(bytes), Catch::Contains(why));
}

}  // namespace

TEST_CASE("a header read back equals the one written") {
  Header header{.kind = Kind::work,
                .id = 7,
                .job = "j-1",
                .root = "j-0",
                .endpoint = "/finetune",
                .type = "batch.v1",
                .owner = "ann",
                .epoch = 2,
                .seq = std::numeric_limits<std::uint64_t>::max(),
                .hop = 3,
                .credential = "sv_1",
                .deadline_ms = 500,
                .bytes = 1 << 20,
                .batch = 3,
                .count = 64,
                .channel = 11,
                .memory = std::uint64_t{1} << 63,
                .passed = 12,
                .last = true};
  const Header back = schemas::decode_header(schemas::encode(header));
  CHECK(back.kind == Kind::work);
  CHECK(back.id == 7);
  CHECK(back.job == "j-1");
  CHECK(back.root == "j-0");
  CHECK(back.endpoint == "/finetune");
  CHECK(back.type == "batch.v1");
  CHECK(back.owner == "ann");
  CHECK(back.epoch == 2);
  CHECK(back.seq == std::numeric_limits<std::uint64_t>::max());
  CHECK(back.hop == 3);
  CHECK(back.credential == "sv_1");
  CHECK(back.deadline_ms == 500);
  CHECK(back.bytes == 1 << 20);
  CHECK(back.batch == 3);
  CHECK(back.count == 64);
  CHECK(back.channel == 11);
  CHECK(back.memory == std::uint64_t{1} << 63);
  CHECK(back.passed == 12);
  CHECK(back.last);
}

TEST_CASE("fields with default values are left out of the bytes") {
  CHECK(schemas::encode({.kind = Kind::beat}).size() == 7);
}

TEST_CASE("every kind is read back, and a number that is none is refused") {
  for (int kind = 0; kind < 256; ++kind) {
    const std::string bytes = schemas::encode({.kind = static_cast<Kind>(kind)});
    const bool known = (kind >= 1 && kind <= 5) || (kind >= 16 && kind <= 21) ||
                       (kind >= 32 && kind <= 40) || (kind >= 48 && kind <= 51);
    CAPTURE(kind);
    if (known) {
      CHECK(static_cast<int>(schemas::decode_header(bytes).kind) == kind);
    } else {
      CHECK_THROWS_AS(schemas::decode_header(bytes), schemas::CodecError);
    }
  }
}

TEST_CASE("another protocol, an unknown field or a wrong type is refused") {
  CHECK_NOTHROW(schemas::decode_header(pack("v", 1, "k", 1)));
  CHECK_THROWS_WITH(
      schemas::decode_header(pack("v", 2, "k", 1)),
      Catch::Contains("this side speaks 1; it was read by souvenir " SOUVENIR_VERSION));
  CHECK_THROWS_AS(schemas::decode_header(pack("k", 1)), schemas::CodecError);
  CHECK_THROWS_AS(schemas::decode_header(pack("v", 1)), schemas::CodecError);
  CHECK_THROWS_WITH(schemas::decode_header(pack("v", 1, "k", 1, "z", 1)),
                    Catch::Contains("unknown header field 'z'; it was read by souvenir"));
  CHECK_THROWS_AS(schemas::decode_header(pack("v", 1, "k", 1, "", 1)), schemas::CodecError);
  CHECK_THROWS_AS(schemas::decode_header(pack("v", 1, "k", 1, "job", "a")), schemas::CodecError);
  CHECK_THROWS_AS(schemas::decode_header(pack("v", 1, "k", 1, "i", "a")), schemas::CodecError);
  CHECK_THROWS_AS(schemas::decode_header(pack("v", 1, "k", 1, "i", -1)), schemas::CodecError);
}

TEST_CASE("a header holds texts, numbers and one yes or no, each field once") {
  const std::string good = pack("v", 1, "k", 1);
  refused("", "no MessagePack");
  refused(good.substr(0, good.size() - 1), "cut short");
  refused(good + "x", "left over");
  refused(std::string(1, '\x05'), "not a map");
  refused(pack("v", 1, "k", 1, "j", "a", "j", "b"), "'j' is there twice");
  refused(pack("v", 1, "k", 1, 7, 1), "a key of the header is not a string");
  refused(pack("v", 1, "k", 1, "\xFF", 1), "unknown header field");
  refused(pack("v", 1, "k", 1, "j", "\xFF"), "j is not UTF-8");
  for (const char* field : {"j", "i", "l"}) {
    CAPTURE(field);
    const std::string wrong = "a value of the wrong type";
    refused(pack("v", 1, "k", 1, field, 0.5), wrong);
    refused(pack("v", 1, "k", 1, field, msgpack::type::nil_t{}), wrong);
    refused(pack("v", 1, "k", 1, field, std::vector<int>{1}), wrong);
    refused(pack("v", 1, "k", 1, field, std::map<std::string, int>{{"j", 1}}), wrong);
    refused(pack("v", 1, "k", 1, field, std::vector<char>{'a'}), wrong);
  }
  refused(pack("v", 1, "k", 1, "l", 1), "a value of the wrong type");
  refused(pack("v", 1, "k", 1, "j", true), "a value of the wrong type");
}

TEST_CASE("a header frame is read up to its limit and refused one byte past it") {
  Header header{.kind = Kind::request};
  const auto grow_to = [&header](std::size_t bytes) {
    header.job = std::string(schemas::kMaxHeaderBytes / 2, 'x');
    header.owner.clear();
    header.owner = std::string(bytes - schemas::encode(header).size() - 5, 'x');
    return schemas::encode(header);
  };
  const std::string at_limit = grow_to(schemas::kMaxHeaderBytes);
  REQUIRE(at_limit.size() == schemas::kMaxHeaderBytes);
  CHECK_NOTHROW(schemas::decode_header(at_limit));
  CHECK_THROWS_WITH(schemas::decode_header(grow_to(schemas::kMaxHeaderBytes + 1)),
                    Catch::Contains("too large"));
}
