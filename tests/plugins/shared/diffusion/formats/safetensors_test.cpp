#include "diffusion/formats/safetensors.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion_fixtures.h"

using diffusion::SafetensorsFile;
using diffusion::save_safetensors;

TEST_CASE("what is saved is read again, bit for bit, for every dtype and shape") {
  const TemporaryFolder folder;
  std::map<std::string, at::Tensor> tensors;
  const auto base = at::arange(24, at::kFloat).reshape({2, 3, 4});
  for (const auto type : {at::kFloat, at::kHalf, at::kBFloat16, at::kDouble, at::kLong, at::kInt,
                          at::kShort, at::kChar, at::kByte, at::kBool}) {
    tensors[std::string("of ") + c10::toString(type)] = base.to(type);
  }
  tensors["transposed"] = base.transpose(0, 2);
  tensors["no dimensions"] = base.sum();
  tensors["empty"] = at::zeros({0, 5});
  tensors["naïve \"name\"\n"] = base;
  save_safetensors(folder / "x.safetensors", tensors, {{"format", "pt"}, {"step", "12"}});

  const SafetensorsFile file(folder / "x.safetensors");
  CHECK(file.names().size() == tensors.size());
  CHECK(file.metadata().at("step") == "12");
  for (const auto& [name, expected] : tensors) {
    CAPTURE(name);
    REQUIRE(file.contains(name));
    const auto found = file.tensor(name);
    CHECK(found.scalar_type() == expected.scalar_type());
    CHECK(found.sizes() == expected.sizes());
    CHECK(found.equal(expected));
  }
}

TEST_CASE("a tensor keeps its bytes when the file object is gone and the file replaced") {
  const TemporaryFolder folder;
  const auto path = folder / "x.safetensors";
  save_safetensors(path, {{"x", at::arange(1000)}});
  auto tensor = SafetensorsFile(path).tensor("x");
  save_safetensors(path, {{"x", at::zeros({1000}, at::kLong)}});
  CHECK(tensor.equal(at::arange(1000)));
  tensor.fill_(5);
  CHECK(SafetensorsFile(path).tensor("x").equal(at::zeros({1000}, at::kLong)));
}

TEST_CASE("a header of odd length is read too") {
  const TemporaryFolder folder;
  const std::string header = R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  REQUIRE(header.size() % 4 != 0);
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size());
  bytes += header;
  bytes.append("\0\0\x80\x3f", 4);
  write_file(folder / "x", bytes);
  CHECK(SafetensorsFile(folder / "x").tensor("x").item<float>() == 1.0f);
}

TEST_CASE("a file cut short at any byte is refused with its name") {
  const TemporaryFolder folder;
  const auto path = folder / "x.safetensors";
  save_safetensors(path, {{"x", at::arange(4)}, {"y", at::arange(2)}});
  const auto bytes = read_file(path);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    write_file(path, bytes.substr(0, length));
    REQUIRE_THAT(error_of([&] { SafetensorsFile{path}; }), Catch::Contains("x.safetensors"));
  }
}

TEST_CASE("a file that is absent, a folder, or lacks a tensor is an error with its name") {
  const TemporaryFolder folder;
  CHECK_THAT(error_of([&] { SafetensorsFile{folder / "absent"}; }), Catch::Contains("absent"));
  CHECK_THAT(error_of([&] { SafetensorsFile{folder.path()}; }), Catch::Contains("regular"));
  save_safetensors(folder / "x", {});
  CHECK_THAT(error_of([&] { SafetensorsFile(folder / "x").tensor("y"); }),
             Catch::Contains("\"y\""));
}

TEST_CASE("a file that cannot be written leaves the old one and nothing else") {
  const TemporaryFolder folder;
  const auto path = folder / "x.safetensors";
  save_safetensors(path, {{"x", at::arange(4)}});
  CHECK_THROWS_AS(save_safetensors(path, {{"x", at::zeros({2}, at::kComplexDouble)}}),
                  diffusion::Error);
  CHECK(SafetensorsFile(path).tensor("x").numel() == 4);
  const std::filesystem::directory_iterator entries(folder.path());
  CHECK(std::distance(begin(entries), end(entries)) == 1);
  CHECK_THAT(error_of([&] { save_safetensors(folder / "no" / "x", {}); }), Catch::Contains("no/x"));
}

TEST_CASE("a tensor has at most the limit of dimensions") {
  const TemporaryFolder folder;
  const auto write = [&](std::size_t dimensions) {
    nlohmann::json header;
    header["x"] = {
        {"dtype", "U8"}, {"shape", std::vector<int>(dimensions, 1)}, {"data_offsets", {0, 1}}};
    const std::string text = header.dump();
    std::string length(8, '\0');
    for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(text.size() >> (8 * i) & 0xFF);
    write_file(folder / "t.safetensors", length + text + "x");
    return diffusion::SafetensorsFile(folder / "t.safetensors");
  };
  CHECK(write(diffusion::kMaxDimensions).tensor("x").dim() == 64);
  const auto past = write(diffusion::kMaxDimensions + 1);
  CHECK_THAT(error_of([&] { past.tensor("x"); }), Catch::Contains("dimensions"));
}
