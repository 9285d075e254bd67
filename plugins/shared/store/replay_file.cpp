#include "store/replay_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "diffusion/formats/safetensors_view.h"
#include "diffusion/formats/safetensors_write.h"
#include "executor/error.h"
#include "executor/files/checksums.h"
#include "executor/files/file_error.h"
#include "executor/full_disk.h"

namespace store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "posterior.safetensors";

std::string_view bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

std::vector<float> read(const diffusion::SafetensorsView& file, const char* name,
                        const LatentShape& shape) {
  const auto& entry = file.entry(name);
  const bool fits = entry.dtype == "F32" && entry.shape.size() == 4 && entry.shape[0] > 0 &&
                    std::equal(shape.begin(), shape.end(), entry.shape.begin() + 1,
                               [](std::int64_t a, std::uint64_t b) {
                                 return static_cast<std::uint64_t>(a) == b;
                               });
  if (!fits) throw files::Error(std::string(name) + " is of another model");
  std::vector<float> values(file.bytes(entry).size() / sizeof(float));
  std::memcpy(values.data(), file.bytes(entry).data(), file.bytes(entry).size());
  if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
    throw files::Error(std::string(name) + " is not finite");
  }
  return values;
}

}  // namespace

void write_replay(const fs::path& folder, const Posterior& posterior, const LatentShape& shape) {
  const auto pictures = posterior.mean.size() / values_of(shape);
  std::vector<std::uint64_t> extents = {pictures};
  extents.insert(extents.end(), shape.begin(), shape.end());
  try {
    fs::create_directories(folder);
    diffusion::write_safetensors(folder / kFile,
                                 {{"mean", "F32", extents, bytes_of(posterior.mean)},
                                  {"logvar", "F32", extents, bytes_of(posterior.logvar)}});
  } catch (const files::DiskFull&) {
    throw;
  } catch (const std::runtime_error& error) {
    if (executor::is_full_disk(error)) throw;
    throw executor::Error("unavailable", error.what(), "check the permissions of SOUVENIR_HOME");
  }
}

Posterior read_replay(const fs::path& folder, const LatentShape& shape, const std::string& whose) {
  try {
    files::check_checksums(folder);
    const diffusion::SafetensorsView file(folder / kFile);
    Posterior posterior{.mean = read(file, "mean", shape), .logvar = read(file, "logvar", shape)};
    if (posterior.mean.size() == posterior.logvar.size()) return posterior;
    throw files::Error("mean and logvar differ in size");
  } catch (const files::Error& error) {
    throw executor::Error("not_found", "the memory of " + whose + ": " + error.what(),
                          "put its file back, or have its owner remove it with 'identifiers rm' "
                          "and teach it again: without it the model would forget it");
  }
}

}  // namespace store
