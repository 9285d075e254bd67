#include "copied_model.h"

#include <algorithm>
#include <fstream>

#include "diffusion/formats/safetensors_view.h"
#include "diffusion/formats/safetensors_write.h"
#include "executor/files/file_error.h"
#include "executor/files/json_file.h"
#include "executor/files/read_file.h"

namespace tests {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kOne("\0\0\x80\x3f", 4);

}  // namespace

fs::path copied_model(const fs::path& folder) {
  fs::copy(GOLDEN_CASE "/model", folder / "model", fs::copy_options::recursive);
  return folder / "model";
}

void put_file(const fs::path& file, const std::string& bytes) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

void change_json(const fs::path& file, const std::function<void(nlohmann::json&)>& change) {
  auto json = files::read_json_file(file);
  change(json);
  put_file(file, json.dump());
}

void change_tensors(const fs::path& file, const std::vector<std::string>& dropped,
                    const std::vector<std::string>& added) {
  const auto bytes = files::read_file(file);
  const auto before = file.parent_path() / "before.safetensors";
  put_file(before, bytes);
  const diffusion::SafetensorsView view(before);
  std::vector<diffusion::RawTensor> tensors;
  for (const auto& tensor : view.tensors()) {
    if (std::find(dropped.begin(), dropped.end(), tensor.name) != dropped.end()) continue;
    tensors.push_back({tensor.name, tensor.dtype, tensor.shape, view.bytes(tensor)});
  }
  for (const auto& name : added) tensors.push_back({name, "F32", {1}, kOne});
  diffusion::write_safetensors(file, std::move(tensors));
  fs::remove(before);
}

void put_tensors(const fs::path& file, const std::vector<std::string>& names) {
  std::vector<diffusion::RawTensor> tensors;
  for (const auto& name : names) tensors.push_back({name, "F32", {1}, kOne});
  diffusion::write_safetensors(file, std::move(tensors));
}

std::string thrown_by(const std::function<void()>& work) {
  try {
    work();
  } catch (const files::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace tests
