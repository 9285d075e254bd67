#include "diffusion/formats/safetensors_header.h"

#include <catch2/catch.hpp>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion_fixtures.h"

using diffusion::header_length;
using diffusion::parse_header;

namespace {

std::string length_bytes(std::uint64_t length) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(length >> (8 * i) & 0xFF);
  return bytes;
}

std::string tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

}  // namespace

TEST_CASE("a header's length is checked against the file and the limit before it is read") {
  CHECK(header_length(length_bytes(2), 10) == 2);
  CHECK_THAT(error_of([] { header_length(length_bytes(3), 10); }), Catch::Contains("longer"));
  CHECK_THAT(error_of([] { header_length("1234567", 7); }), Catch::Contains("short"));
  const auto limit = diffusion::kMaxHeaderBytes;
  CHECK(header_length(length_bytes(limit), limit + 8) == limit);
  CHECK_THAT(error_of([&] { header_length(length_bytes(limit + 1), limit + 9); }),
             Catch::Contains("at most"));
  CHECK_THAT(error_of([] { header_length(std::string(8, '\xFF'), 1 << 20); }),
             Catch::Contains("at most"));
}

TEST_CASE("a header gives its tensors in the order of their bytes, and its metadata") {
  const auto header =
      parse_header(R"({"b":)" + tensor("F16", "[3]", "[8,14]") +
                       R"(,"__metadata__":{"k":"v"},"a":)" + tensor("F32", "[1,2]", "[0,8]") +
                       R"(,"empty":)" + tensor("I64", "[0,7]", "[14,14]") + "}   ",
                   14);
  REQUIRE(header.tensors.size() == 3);
  CHECK(header.tensors[0].name == "a");
  CHECK(header.tensors[0].shape == std::vector<std::uint64_t>{1, 2});
  CHECK(header.tensors[1].name == "b");
  CHECK(header.tensors[2].name == "empty");
  CHECK(header.metadata.at("k") == "v");
}

TEST_CASE("an empty file of no tensors and a tensor of no dimensions are in order") {
  CHECK(parse_header("{}", 0).tensors.empty());
  CHECK(parse_header(R"({"x":)" + tensor("F64", "[]", "[0,8]") + "}", 8).tensors.size() == 1);
}

TEST_CASE("a header that breaks a rule is refused") {
  const auto one = [](const std::string& entry) { return R"({"x":)" + entry + "}"; };
  const auto [json, data_bytes] = GENERATE_COPY(table<std::string, std::uint64_t>({
      {"", 0},
      {"[]", 0},
      {"{", 0},
      {"{}{}", 0},
      {"{} x", 0},
      {std::string("{}\0", 3), 0},
      {"\xef\xbb\xbf{}", 0},
      {"{\"__metadata__\":{},\"__metadata__\":{}}", 0},
      {"{\"x\":1}", 0},
      {"{\"x\":null}", 0},
      {"{\"x\":[]}", 0},
      {"{\"x\":\"text\"}", 0},
      {"{\"\xff\":{}}", 0},
      {"{\"__metadata__\":{\"k\":1}}", 0},
      {"{\"__metadata__\":{\"k\":{}}}", 0},
      {"{\"__metadata__\":[]}", 0},
      {one("{}"), 0},
      {one(R"({"dtype":"F32","shape":[1]})"), 4},
      {one(R"({"dtype":"F32","data_offsets":[0,4]})"), 4},
      {one(R"({"shape":[1],"data_offsets":[0,4]})"), 4},
      {one(R"({"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]})"), 4},
      {one(R"({"dtype":"F32","shape":[[1]],"data_offsets":[0,4]})"), 4},
      {one(R"({"dtype":{"a":1},"shape":[1],"data_offsets":[0,4]})"), 4},
      {one(tensor("F31", "[1]", "[0,4]")), 4},
      {one(tensor("f32", "[1]", "[0,4]")), 4},
      {one(tensor("F32", "1", "[0,4]")), 4},
      {one(tensor("F32", "[-1]", "[0,4]")), 4},
      {one(tensor("F32", "[1.0]", "[0,4]")), 4},
      {one(tensor("F32", "[\"1\"]", "[0,4]")), 4},
      {one(tensor("F32", "[true]", "[0,4]")), 4},
      {one(tensor("F32", "[18446744073709551616]", "[0,4]")), 4},
      {one(tensor("F32", "[9223372036854775808]", "[0,4]")), 4},
      {one(tensor("F32", "[4294967296,4294967296]", "[0,4]")), 4},
      {one(tensor("F32", "[4611686018427387904]", "[0,0]")), 0},
      {one(tensor("U8", "[2305843009213693952]", "[0,0]")), 0},
      {one(tensor("F32", "[1]", "[0]")), 4},
      {one(tensor("F32", "[1]", "[0,4,8]")), 4},
      {one(tensor("F32", "[1]", "[4,0]")), 4},
      {one(tensor("F32", "[1]", "[0,8]")), 8},
      {one(tensor("F32", "[1]", "[1,5]")), 5},
      {one(tensor("F32", "[1]", "[0,4]")), 5},
      {one(tensor("F32", "[1]", "[0,4]")), 3},
      {one(tensor("F4", "[1]", "[0,1]")), 1},
      {R"({"x":)" + tensor("U8", "[1]", "[0,1]") + R"(,"x":)" + tensor("U8", "[1]", "[1,2]") + "}",
       2},
      {R"({"x":)" + tensor("U8", "[2]", "[0,2]") + R"(,"y":)" + tensor("U8", "[2]", "[1,3]") + "}",
       3},
      {R"({"x":)" + tensor("U8", "[2]", "[0,2]") + R"(,"y":)" + tensor("U8", "[2]", "[0,2]") + "}",
       2},
      {R"({"x":)" + tensor("U8", "[1]", "[0,1]") + R"(,"y":)" + tensor("U8", "[1]", "[2,3]") + "}",
       3},
  }));
  CAPTURE(json);
  CHECK_FALSE(
      error_of([&, text = json, bytes = data_bytes] { parse_header(text, bytes); }).empty());
}

TEST_CASE("what the reference implementation lets pass is accepted") {
  const auto fields = R"("dtype":"F32","shape":[1],"data_offsets":[0,4])";
  const auto json = GENERATE_COPY(
      as<std::string>{}, R"( {"x":{)" + std::string(fields) + "}}\n",
      R"({"x":{"more":{"a":[1]},)" + std::string(fields) + "}}",
      R"({"x":{"dtype":{"F32":null},"shape":[1],"data_offsets":[0,4]}})",
      R"({"x":["F32",[1],[0,4]]})", R"({"x":["F16",[2],[0,4]],"x":["F32",[1],[0,4]]})",
      R"({"__metadata__":null,"x":["F32",[1],[0,4]]})");
  CAPTURE(json);
  const auto header = parse_header(json, 4);
  REQUIRE(header.tensors.size() == 1);
  CHECK(header.tensors[0].name == "x");
  CHECK(header.tensors[0].dtype == "F32");
  CHECK(header.tensors[0].shape == std::vector<std::uint64_t>{1});
}

TEST_CASE("a header nests to the limit, and not past it") {
  const auto nested = [](int lists) {
    return R"({"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":)" +
           std::string(lists, '[') + std::string(lists, ']') + "}}";
  };
  CHECK_NOTHROW(parse_header(nested(125), 1));
  CHECK_THAT(error_of([&] { parse_header(nested(126), 1); }), Catch::Contains("too deep"));
  CHECK_FALSE(error_of([] { parse_header("{\"x\":" + std::string(1 << 20, '['), 0); }).empty());
}
