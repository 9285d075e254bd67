#include "sampler/latent_cache.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "executor/error.h"
#include "executor/files/checksums.h"
#include "executor/files/durable_file.h"
#include "executor/files/file_error.h"
#include "executor/files/input_file.h"

namespace sampler {
namespace {

std::string_view bytes_of(const std::vector<float>& latents) {
  return {reinterpret_cast<const char*>(latents.data()), latents.size() * sizeof(float)};
}

// Nothing when the file is not what was written for so many values.
std::optional<std::vector<float>> read(const std::filesystem::path& file, std::size_t values) {
  const auto wanted = values * sizeof(float);
  std::vector<float> latents(values);
  std::string checksum(files::kChecksumDigits, '\0');
  try {
    const files::InputFile stream(file);
    if (stream.size() != wanted + checksum.size()) return std::nullopt;
    const auto read = stream.read(reinterpret_cast<char*>(latents.data()), wanted, 0) +
                      stream.read(checksum.data(), checksum.size(), wanted);
    if (read != stream.size()) return std::nullopt;
  } catch (const files::Error&) {
    return std::nullopt;
  }
  if (checksum != files::checksum_of(bytes_of(latents))) return std::nullopt;
  const bool finite =
      std::all_of(latents.begin(), latents.end(), [](float value) { return std::isfinite(value); });
  return finite ? std::optional(std::move(latents)) : std::nullopt;
}

}  // namespace

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
  if (!std::filesystem::exists(file, error)) return std::nullopt;
  if (auto latents = read(file, values)) return latents;
  std::filesystem::remove(file, error);
  return std::nullopt;
}

void LatentCache::keep(const std::string& key, const std::vector<float>& latents) const {
  try {
    files::write_durably(file_of(key), [&](const files::Append& append) {
      append(bytes_of(latents));
      append(files::checksum_of(bytes_of(latents)));
    });
  } catch (const files::Error& error) {
    std::fprintf(stderr, "not kept, to be drawn again: %s\n", error.what());
  }
}

}  // namespace sampler
