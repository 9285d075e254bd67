#include "schemas/codec.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <limits>

#include "schemas/finetune.h"
#include "schemas/message.h"
#include "schemas/text.h"

using schemas::CodecError;
using schemas::Text;

namespace {

using Packer = msgpack::packer<msgpack::sbuffer>;

/// The bytes of a map with one field, `text`, whose value `put` writes.
std::string body_with(const std::function<void(Packer&)>& put) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_map(1);
  packer.pack("text");
  put(packer);
  return {buffer.data(), buffer.size()};
}

std::string array_of(std::size_t n) {
  return body_with([n](Packer& packer) {
    packer.pack_array(static_cast<std::uint32_t>(n));
    for (std::size_t i = 0; i < n; ++i) packer.pack(1);
  });
}

std::string map_of(std::size_t n) {
  return body_with([n](Packer& packer) {
    packer.pack_map(static_cast<std::uint32_t>(n));
    for (std::size_t i = 0; i < n; ++i) {
      packer.pack("k" + std::to_string(i));
      packer.pack(1);
    }
  });
}

/// `depth` containers inside one another, the body's own map counted.
std::string nested(std::size_t depth) {
  return body_with([depth](Packer& packer) {
    for (std::size_t i = 1; i < depth; ++i) packer.pack_array(1);
    packer.pack(1);
  });
}

/// A body of exactly `bytes` bytes: strings in an array.
std::string body_of(std::size_t bytes) {
  const std::size_t chunk = 60'000;
  const std::size_t count = bytes / chunk + 1;
  const std::string start =
      body_with([count](Packer& packer) { packer.pack_array(static_cast<std::uint32_t>(count)); });
  msgpack::sbuffer rest;
  Packer packer(rest);
  for (std::size_t i = 0; i + 1 < count; ++i) packer.pack(std::string(chunk - 3, 'x'));
  const std::size_t left = bytes - start.size() - rest.size() - 3;
  packer.pack(std::string(left, 'x'));
  return start + std::string(rest.data(), rest.size());
}

}  // namespace

TEST_CASE("a body read back equals the one written") {
  schemas::Finetune finetune;
  finetune.category = "dög";
  finetune.learning_rate = 1e-4;
  finetune.seed = std::numeric_limits<std::uint64_t>::max();
  const auto back = schemas::Message::of(finetune).as<schemas::Finetune>();
  CHECK(back.category == "dög");
  CHECK(back.learning_rate == 1e-4);
  CHECK(back.seed == std::numeric_limits<std::uint64_t>::max());
  CHECK_FALSE(back.max_train_steps.has_value());
}

TEST_CASE("absent fields keep their defaults") {
  const std::string empty_map("\x80", 1);
  CHECK(schemas::unpack<schemas::Finetune>(empty_map).target_model == "private");
}

TEST_CASE("an unknown field is refused with the nearest name") {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_map(1);
  packer.pack("learning_rat");
  packer.pack(1.0);
  REQUIRE_THROWS_WITH(
      schemas::unpack<schemas::Finetune>({buffer.data(), buffer.size()}),
      Catch::Contains("finetune.v1 has no field 'learning_rat' (did you mean 'learning_rate'?)"));
}

TEST_CASE("a field of a newer version is refused with the version of this side") {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_map(1);
  packer.pack("moonlight");
  packer.pack(true);
  REQUIRE_THROWS_WITH(
      schemas::unpack<schemas::Finetune>({buffer.data(), buffer.size()}),
      "finetune.v1 has no field 'moonlight'; it was read by souvenir " SOUVENIR_VERSION
      ", which may be older than its sender");
}

TEST_CASE("a message read as another type is refused") {
  REQUIRE_THROWS_AS(schemas::Message::of(Text{}).as<schemas::Finetune>(), CodecError);
}

TEST_CASE("a value of the wrong type is refused") {
  REQUIRE_THROWS_AS(schemas::unpack<Text>(body_with([](Packer& p) { p.pack(7); })), CodecError);
}

TEST_CASE("a field that is there twice is refused") {
  const std::string twice(
      "\x82\xa1"
      "a\x01\xa1"
      "a\x02",
      7);
  REQUIRE_THROWS_WITH(schemas::parse(twice), Catch::Contains("twice"));
}

TEST_CASE("a body that is no map, is cut or has bytes after it is refused") {
  const std::string whole = schemas::pack(Text{"dog"});
  REQUIRE_NOTHROW(schemas::parse(whole));
  REQUIRE_THROWS_AS(schemas::parse(""), CodecError);
  REQUIRE_THROWS_AS(schemas::parse("\x01"), CodecError);
  REQUIRE_THROWS_AS(schemas::parse(whole.substr(0, whole.size() - 1)), CodecError);
  REQUIRE_THROWS_AS(schemas::parse(whole + '\x01'), CodecError);
}

TEST_CASE("keys that are no strings, and text that is not UTF-8, are refused") {
  REQUIRE_THROWS_AS(schemas::parse(std::string("\x81\x01\x01", 3)), CodecError);
  REQUIRE_THROWS_AS(schemas::parse(std::string("\x81\xa1\xff\x01", 4)), CodecError);
  REQUIRE_THROWS_AS(schemas::parse(body_with([](Packer& p) { p.pack("\xc0\x80"); })), CodecError);
}

TEST_CASE("numbers that are not finite are refused, naming the field") {
  for (const double value : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    REQUIRE_THROWS_WITH(schemas::parse(body_with([&](Packer& p) { p.pack(value); })),
                        Catch::Contains("text"));
    REQUIRE_THROWS_AS(
        schemas::parse(body_with([&](Packer& p) { p.pack(static_cast<float>(value)); })),
        CodecError);
  }
}

TEST_CASE("each limit of a body holds at it and refuses one past it") {
  SECTION("bytes") {
    REQUIRE(body_of(schemas::kMaxBodyBytes).size() == schemas::kMaxBodyBytes);
    CHECK_NOTHROW(schemas::parse(body_of(schemas::kMaxBodyBytes)));
    CHECK_THROWS_AS(schemas::parse(body_of(schemas::kMaxBodyBytes + 1)), CodecError);
  }
  SECTION("array") {
    CHECK_NOTHROW(schemas::parse(array_of(schemas::kMaxArray)));
    CHECK_THROWS_AS(schemas::parse(array_of(schemas::kMaxArray + 1)), CodecError);
  }
  SECTION("map") {
    CHECK_NOTHROW(schemas::parse(map_of(schemas::kMaxMap)));
    CHECK_THROWS_AS(schemas::parse(map_of(schemas::kMaxMap + 1)), CodecError);
  }
  SECTION("string") {
    const auto string_of = [](std::size_t n) {
      return body_with([n](Packer& p) { p.pack(std::string(n, 'x')); });
    };
    CHECK_NOTHROW(schemas::parse(string_of(schemas::kMaxString)));
    CHECK_THROWS_AS(schemas::parse(string_of(schemas::kMaxString + 1)), CodecError);
  }
  SECTION("depth") {
    CHECK_NOTHROW(schemas::parse(nested(schemas::kMaxDepth)));
    CHECK_THROWS_AS(schemas::parse(nested(schemas::kMaxDepth + 1)), CodecError);
  }
}

TEST_CASE("a length that promises gigabytes is refused without reading them") {
  const std::string map_of_4g("\xdf\xff\xff\xff\xff", 5);
  const std::string text_of_4g(
      "\x81\xa1"
      "a\xdb\xff\xff\xff\xff",
      8);
  REQUIRE_THROWS_AS(schemas::parse(map_of_4g), CodecError);
  REQUIRE_THROWS_AS(schemas::parse(text_of_4g), CodecError);
}
