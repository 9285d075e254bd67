#include "diffusion_fixtures.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/IListRef.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/safetensors.h"

namespace fs = std::filesystem;

fs::path tiny_model() {
  return fs::path(GOLDEN_CASE) / "model";
}

fs::path old_tiny_model() {
  return fs::path(GOLDEN_CASE).parent_path() / "case-old" / "model";
}

fs::path copy_of_tiny_model(const TemporaryFolder& folder) {
  fs::copy(tiny_model(), folder / "model", fs::copy_options::recursive);
  return folder / "model";
}

void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void edit_json(const fs::path& path, const std::function<void(nlohmann::json&)>& change) {
  auto json = nlohmann::json::parse(read_file(path));
  change(json);
  write_file(path, json.dump());
}

void edit_tensors(const fs::path& path,
                  const std::function<void(std::map<std::string, at::Tensor>&)>& change) {
  std::map<std::string, at::Tensor> tensors;
  const diffusion::SafetensorsFile file(path);
  for (const auto& name : file.names()) tensors[name] = file.tensor(name).clone();
  change(tensors);
  diffusion::save_safetensors(path, tensors);
}

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const diffusion::Error& e) {
    return e.what();
  }
  FAIL("nothing was refused");
  return {};
}

diffusion::Batch batch_from(std::int64_t seed) {
  const auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(seed));
  return {at::randn({3, 4, 8, 8}, generator), at::randn({3, 4, 8, 8}, generator),
          at::randint(1000, {3}, generator, at::kLong), at::randn({3, 24, 24}, generator), 2};
}

diffusion::Batch four_rows(std::int64_t seed) {
  const auto one = batch_from(seed), other = batch_from(seed + 1000);
  const auto join = [](const at::Tensor& a, const at::Tensor& b) {
    return at::cat({a.narrow(0, 0, 2), b.narrow(0, 0, 2)});
  };
  diffusion::Batch batch{join(one.latents, other.latents), join(one.noise, other.noise),
                         join(one.timesteps, other.timesteps), join(one.context, other.context), 2};
  batch.ids = at::zeros({4, 6}, at::kLong);
  batch.ids.narrow(0, 2, 2).fill_(7);
  return batch;
}
