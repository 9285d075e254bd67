#include "sampler/category_latents.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <utility>

#include "executor/files/sha256.h"
#include "schemas/generate.h"

namespace sampler {
namespace {

constexpr std::size_t kKeyDigits = 32;
constexpr std::size_t kSeedDigits = 16;

// Every digit that tells two numbers apart.
std::string exact(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

schemas::Prior request_for(const schemas::TrainSettings& settings,
                           const std::vector<std::int64_t>& indices) {
  schemas::Prior prior;
  prior.settings.version = "pretrained";
  prior.settings.prompt = settings.category_prompt;
  prior.settings.target_model = "pretrained";
  prior.settings.category = settings.category;
  prior.settings.num_inference_steps = settings.num_inference_steps;
  prior.settings.guidance_scale = settings.guidance_scale;
  for (const auto index : indices) {
    prior.settings.seeds.push_back(CategoryLatents::seed(settings.category_prompt, index));
  }
  return prior;
}

std::vector<std::vector<float>> split(const schemas::Message& answer, std::size_t count,
                                      const store::LatentShape& shape) {
  const auto drawn = answer.as<schemas::Latents>();
  const auto tensor = schemas::find_tensor(drawn.tensors, answer, "latents", "f32");
  const std::vector<std::int64_t> expected = {static_cast<std::int64_t>(count), shape[0], shape[1],
                                              shape[2]};
  if (tensor.shape != expected) {
    throw executor::Error("protocol", "the category latents have another shape than the pictures'",
                          "encoder and generator have to use the same pretrained model");
  }
  std::vector<std::vector<float>> pictures(count, std::vector<float>(store::values_of(shape)));
  const char* bytes = tensor.bytes.view().data();
  for (auto& picture : pictures) {
    std::memcpy(picture.data(), bytes, picture.size() * sizeof(float));
    bytes += picture.size() * sizeof(float);
    if (!std::all_of(picture.begin(), picture.end(), [](float v) { return std::isfinite(v); })) {
      throw executor::Error("internal", "the pretrained model drew latents that are not finite");
    }
  }
  return pictures;
}

}  // namespace

CategoryLatents::CategoryLatents(LatentCache cache, std::string model, std::int64_t batch)
    : cache_(std::move(cache)), model_(std::move(model)), batch_(static_cast<std::size_t>(batch)) {}

std::vector<float> CategoryLatents::collect(const schemas::TrainSettings& settings,
                                            const store::LatentShape& shape,
                                            executor::Outbox& out) const {
  const std::size_t values = store::values_of(shape);
  std::vector<float> all(static_cast<std::size_t>(*settings.num_class_images) * values);
  std::vector<std::int64_t> missing;
  const auto put = [&](std::int64_t index, const std::vector<float>& picture) {
    std::copy(picture.begin(), picture.end(),
              all.begin() + index * static_cast<std::ptrdiff_t>(values));
  };
  for (std::int64_t index = 0; index < *settings.num_class_images; ++index) {
    if (out.cancelled()) throw executor::Cancelled();
    const auto kept = cache_.find(key(settings, index), values);
    if (kept) put(index, *kept);
    if (!kept) missing.push_back(index);
  }
  schemas::Progress progress{.text = "drawing " + std::to_string(missing.size()) + " pictures of " +
                                     settings.category_prompt,
                             .total = static_cast<std::int64_t>(missing.size())};
  for (std::size_t done = 0; done < missing.size();) {
    out.progress(progress);
    const std::size_t count = std::min(batch_, missing.size() - done);
    const auto first = missing.begin() + static_cast<std::ptrdiff_t>(done);
    const std::vector<std::int64_t> asked(first, first + static_cast<std::ptrdiff_t>(count));
    const auto pictures = draw(settings, asked, shape, out);
    for (std::size_t i = 0; i < count; ++i) put(asked[i], pictures[i]);
    done += count;
    progress.step = static_cast<std::int64_t>(done);
  }
  if (!missing.empty()) out.progress(progress);
  return all;
}

std::vector<std::vector<float>> CategoryLatents::draw(const schemas::TrainSettings& settings,
                                                      const std::vector<std::int64_t>& indices,
                                                      const store::LatentShape& shape,
                                                      executor::Outbox& out) const {
  const auto answer = out.call(kPriorRoute, schemas::Message::of(request_for(settings, indices)));
  auto pictures = split(answer, indices.size(), shape);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    cache_.keep(key(settings, indices[i]), pictures[i]);
  }
  return pictures;
}

std::string CategoryLatents::key(const schemas::TrainSettings& settings, std::int64_t index) const {
  const std::string text = "souvenir category latents 1\n" + model_ + settings.category_prompt +
                           "\nsteps " + std::to_string(settings.num_inference_steps) +
                           "\nguidance " + exact(settings.guidance_scale) + "\nseed " +
                           std::to_string(seed(settings.category_prompt, index)) + "\nindex " +
                           std::to_string(index);
  return files::sha256_of(text).substr(0, kKeyDigits);
}

std::uint64_t CategoryLatents::seed(const std::string& category_prompt, std::int64_t index) {
  const std::string hash = files::sha256_of("souvenir category seed 1\n" + category_prompt + "\n" +
                                            std::to_string(index));
  return std::stoull(hash.substr(0, kSeedDigits), nullptr, 16);
}

}  // namespace sampler
