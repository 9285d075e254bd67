#include "evaluation/route_client.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "executor/files/file_error.h"
#include "executor/files/json_text.h"
#include "executor/files/read_file.h"
#include "schemas/generate.h"
#include "schemas/limits.h"
#include "schemas/look.h"
#include "schemas/training.h"

namespace evaluation {
namespace {

constexpr std::size_t kMaxReadBytes = 64 * 1024 * 1024;  // a picture, or what was measured

// A prompt as the name of a folder: letters stay, everything else becomes one '-'.
std::string slug(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain) name += c;
    if (!plain && !name.empty() && name.back() != '-') name += '-';
  }
  return name;
}

std::vector<float> floats_of(const schemas::TensorView& view) {
  std::vector<float> values(view.bytes.size() / sizeof(float));
  std::memcpy(values.data(), view.bytes.view().data(), view.bytes.size());
  return values;
}

// Does `work` with the pictures of one message after the other.
template <typename Work>
void in_turns(const Pictures& pictures, std::size_t most, const Work& work) {
  for (std::size_t first = 0; first < pictures.size(); first += most) {
    const auto last = std::min(first + most, pictures.size());
    work(Pictures(pictures.begin() + static_cast<std::ptrdiff_t>(first),
                  pictures.begin() + static_cast<std::ptrdiff_t>(last)));
  }
}

}  // namespace

schemas::Blob read_file(const std::filesystem::path& file) {
  try {
    return schemas::Blob(files::read_file(file, kMaxReadBytes));
  } catch (const files::Error& error) {
    throw executor::Error("bad_config", error.what());
  }
}

void write_file(const std::filesystem::path& file, std::string_view bytes) {
  std::filesystem::create_directories(file.parent_path());
  const auto beside = file.string() + ".part";
  std::ofstream(beside, std::ios::binary) << bytes;
  std::filesystem::rename(beside, file);
}

RouteClient::RouteClient(executor::Outbox& out, std::filesystem::path kept)
    : out_(out), kept_(std::move(kept)) {}

void RouteClient::tell(const std::string& text, std::size_t step, std::size_t total) {
  schemas::Progress progress;
  progress.text = text;
  progress.step = static_cast<std::int64_t>(step);
  progress.total = static_cast<std::int64_t>(total);
  out_.progress(progress);
}

Pictures RouteClient::draw(const std::string& prompt, std::int64_t count, std::uint64_t seed) {
  const auto folder = kept_ / slug(prompt);
  const auto file = [&](std::int64_t i) {
    return folder / (std::to_string(seed + static_cast<std::uint64_t>(i)) + ".png");
  };
  std::int64_t there = 0;
  while (there < count && std::filesystem::exists(file(there))) ++there;
  Pictures pictures;
  for (std::int64_t i = 0; i < there; ++i) pictures.push_back(read_file(file(i)));
  const auto added = drawn_now(prompt, count - there, seed + static_cast<std::uint64_t>(there));
  for (const auto& picture : added) {
    write_file(file(static_cast<std::int64_t>(pictures.size())), picture.view());
    pictures.push_back(picture);
  }
  return pictures;
}

Pictures RouteClient::drawn_now(const std::string& prompt, std::int64_t count, std::uint64_t seed) {
  Pictures pictures;
  while (count > 0) {
    const auto now = std::min<std::int64_t>(count, kMostAtOnce);
    schemas::Generate request;
    request.prompt = prompt;
    request.num_images = now;
    request.seed = seed;
    auto answer = out_.call("/generate", schemas::Message::of(request));
    std::move(answer.blobs.begin(), answer.blobs.end(), std::back_inserter(pictures));
    count -= now;
    seed += static_cast<std::uint64_t>(now);
  }
  return pictures;
}

Looks RouteClient::look(const Pictures& pictures) {
  Looks looks;
  in_turns(pictures, schemas::kMaxBlobs, [&](Pictures some) {
    const auto answer = out_.call("/judge", schemas::Message::of(schemas::Judge{}, some));
    const auto judged = answer.as<schemas::Judged>();
    const auto view = schemas::find_tensor(judged.tensors, answer, "embeddings", "f32");
    const auto values = floats_of(view);
    const auto dim = values.size() / some.size();
    for (std::size_t i = 0; i < some.size(); ++i) {
      const auto row = values.begin() + static_cast<std::ptrdiff_t>(i * dim);
      Look look{.embedding = {row, row + static_cast<std::ptrdiff_t>(dim)}};
      if (i < judged.verdicts.size()) {
        look.category = judged.verdicts[i].category;
        look.style = judged.verdicts[i].style;
        look.background = judged.verdicts[i].background;
      }
      looks.push_back(std::move(look));
    }
  });
  return looks;
}

EncodedPictures RouteClient::encode(const Pictures& pictures) {
  schemas::Plan plan;
  plan.settings.base = "pretrained";
  const auto answer = out_.call("/encode", schemas::Message::of(plan, pictures));
  const auto encoded = answer.as<schemas::Encoded>();
  const auto mean = schemas::find_tensor(encoded.tensors, answer, "mean", "f32");
  EncodedPictures all{mean.shape, floats_of(mean)};
  for (float& value : all.latents) value *= static_cast<float>(encoded.scaling_factor);
  return all;
}

Pictures RouteClient::reconstruct(const Pictures& pictures) {
  Pictures again;
  in_turns(pictures, kMostAtOnce, [&](const Pictures& some) {
    const auto encoded = encode(some);
    schemas::Latents latents;
    latents.settings.version = "pretrained";
    latents.settings.seeds.assign(some.size(), 0);
    std::vector<schemas::Blob> blobs;
    schemas::add_tensor(
        latents.tensors, blobs, "latents", "f32", encoded.shape,
        schemas::Blob(std::string(reinterpret_cast<const char*>(encoded.latents.data()),
                                  encoded.latents.size() * sizeof(float))));
    auto drawn = out_.call("/picture", schemas::Message::of(latents, std::move(blobs)));
    std::move(drawn.blobs.begin(), drawn.blobs.end(), std::back_inserter(again));
  });
  return again;
}

Taught RouteClient::teach(const std::string& name, const Pictures& pictures,
                          const std::string& category) {
  const auto file = kept_ / ("taught-" + slug(name) + ".json");
  if (std::filesystem::exists(file)) {
    const auto json = files::parse_json(read_file(file).view());
    return {json.at("identifier"), json.at("steps"), json.at("seconds")};
  }
  schemas::Finetune request;
  request.category = category;
  request.seed = 1;
  const auto start = std::chrono::steady_clock::now();
  const auto answer = out_.call("/finetune", schemas::Message::of(request, pictures));
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  const auto finetuned = answer.as<schemas::Finetuned>();
  write_file(file, nlohmann::json{{"identifier", finetuned.identifier},
                                  {"steps", finetuned.steps},
                                  {"seconds", spent.count()}}
                       .dump());
  return {finetuned.identifier, finetuned.steps, spent.count()};
}

std::vector<executor::Call> route_client_calls() {
  return {{"/generate", schemas::Generate::kType, schemas::Pictures::kType},
          {"/judge", schemas::Judge::kType, schemas::Judged::kType},
          {"/encode", schemas::Plan::kType, schemas::Encoded::kType},
          {"/picture", schemas::Latents::kType, schemas::Pictures::kType},
          {"/finetune", schemas::Finetune::kType, schemas::Finetuned::kType}};
}

}  // namespace evaluation
