#include "sampler/latent_cache.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string_view>
#include <utility>

#include "diffusion/durable_file.h"
#include "diffusion/error.h"
#include "executor/error.h"

namespace sampler {

LatentCache::LatentCache(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) {
    throw executor::Error("bad_config", folder_.string() + ": " + error.message(),
                          "make it writable, or set SOUVENIR_HOME to a folder that is");
  }
}

std::filesystem::path LatentCache::file_of(const std::string& key) const {
  return folder_ / (key + ".f32");
}

std::optional<std::vector<float>> LatentCache::find(const std::string& key,
                                                    std::size_t values) const {
  const auto file = file_of(key);
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error) return std::nullopt;
  std::vector<float> latents(values);
  const auto bytes = values * sizeof(float);
  bool good = size == bytes;
  if (good) {
    std::ifstream stream(file, std::ios::binary);
    stream.read(reinterpret_cast<char*>(latents.data()), static_cast<std::streamsize>(bytes));
    good = stream.good() && std::all_of(latents.begin(), latents.end(),
                                        [](float value) { return std::isfinite(value); });
  }
  if (good) return latents;
  std::filesystem::remove(file, error);
  return std::nullopt;
}

void LatentCache::keep(const std::string& key, const std::vector<float>& latents) const {
  try {
    diffusion::write_durably(file_of(key), [&](const diffusion::Append& append) {
      append({reinterpret_cast<const char*>(latents.data()), latents.size() * sizeof(float)});
    });
  } catch (const diffusion::Error& error) {
    throw executor::Error("internal", error.what(), "is the disk full?");
  }
}

}  // namespace sampler
