#include "judge/picture_judge.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <string>

#include "compute/clear_errors.h"
#include "compute/tensors.h"
#include "diffusion/networks/allocator.h"
#include "executor/files/file_error.h"
#include "executor/files/json_file.h"
#include "schemas/look.h"

namespace judge {
namespace {

using Model = std::variant<diffusion::JudgeNetwork, diffusion::VisionTransformer>;

Model load(const executor::Setup& setup) {
  const std::filesystem::path folder = setup.params.get<std::string>("model");
  setup.loading("loading judge");
  try {
    const files::ConfigFile config(folder / "config.json");
    if (config.text("model_type", "") == "souvenir-judge") return diffusion::JudgeNetwork(folder);
    return diffusion::VisionTransformer(folder);
  } catch (const files::Error& e) {
    throw executor::Error("bad_config", e.what(),
                          "`model` is the folder of a judge or of a vision transformer");
  }
}

pictures::SquarePicture decoded(const schemas::Message& in, std::size_t picture, int side,
                                pictures::Decoder& decoder) {
  try {
    return decoder.decode_square(in.blobs[picture].view(), side);
  } catch (const pictures::PictureFault& e) {
    throw executor::Error("bad_input",
                          "picture " + std::to_string(picture + 1) + " of " +
                              std::to_string(in.blobs.size()) + " " + e.what(),
                          "send whole JPEG, PNG or WebP files of reasonable size");
  }
}

std::string likeliest(const at::Tensor& probabilities, const std::vector<std::string>& words) {
  return words[static_cast<std::size_t>(probabilities.argmax().item<std::int64_t>())];
}

std::vector<schemas::Verdict> verdicts_of(const diffusion::JudgeSeen& seen,
                                          const diffusion::JudgeWords& words) {
  std::vector<schemas::Verdict> verdicts;
  for (std::int64_t i = 0; i < seen.categories.size(0); ++i) {
    verdicts.push_back({likeliest(seen.categories[i], words.categories),
                        seen.categories[i].max().item<double>(),
                        likeliest(seen.styles[i], words.styles),
                        likeliest(seen.backgrounds[i], words.backgrounds)});
  }
  return verdicts;
}

at::Tensor joined(const std::vector<diffusion::JudgeSeen>& parts,
                  at::Tensor diffusion::JudgeSeen::*which) {
  std::vector<at::Tensor> rows;
  for (const auto& part : parts) rows.push_back(part.*which);
  return at::cat(rows).cpu();
}

}  // namespace

Judge::Judge(const executor::Setup& setup) : model_(load(setup)) {
  diffusion::tune_allocator();
  if (const auto* network = std::get_if<diffusion::JudgeNetwork>(&model_))
    words_ = network->words();
}

at::Tensor Judge::pixels_of(const schemas::Message& in, std::size_t first, std::size_t count,
                            pictures::Decoder& decoder) const {
  const int side = std::visit([](const auto& model) { return model.sample_size(); }, model_);
  std::vector<at::Tensor> rows;
  for (std::size_t i = first; i < first + count; ++i) {
    auto picture = decoded(in, i, side, decoder);
    rows.push_back(at::from_blob(picture.rgb.data(), {1, side, side, 3}, at::kByte).clone());
  }
  return (at::cat(rows).to(at::kFloat) / 127.5 - 1).permute({0, 3, 1, 2}).contiguous();
}

diffusion::JudgeSeen Judge::see(const at::Tensor& pixels) const {
  const at::NoGradGuard no_gradients;
  if (const auto* encoder = std::get_if<diffusion::VisionTransformer>(&model_))
    return {(*encoder)(pixels)};
  auto seen = std::get<diffusion::JudgeNetwork>(model_)(pixels);
  seen.categories = seen.categories.softmax(1);
  seen.styles = seen.styles.softmax(1);
  seen.backgrounds = seen.backgrounds.softmax(1);
  return seen;
}

diffusion::JudgeSeen Judge::see_all(const schemas::Message& in, executor::Outbox& out) const {
  std::vector<diffusion::JudgeSeen> parts;
  pictures::Decoder decoder;
  for (std::size_t first = 0; first < in.blobs.size(); first += kBatch) {
    const auto count = std::min(kBatch, in.blobs.size() - first);
    parts.push_back(see(pixels_of(in, first, count, decoder)));
    schemas::Progress progress;
    progress.text = "judging pictures";
    progress.step = static_cast<std::int64_t>(first + count);
    progress.total = static_cast<std::int64_t>(in.blobs.size());
    out.progress(progress);
  }
  diffusion::JudgeSeen seen{joined(parts, &diffusion::JudgeSeen::embeddings)};
  if (words_.categories.empty()) return seen;
  seen.categories = joined(parts, &diffusion::JudgeSeen::categories);
  seen.styles = joined(parts, &diffusion::JudgeSeen::styles);
  seen.backgrounds = joined(parts, &diffusion::JudgeSeen::backgrounds);
  return seen;
}

void Judge::process(const schemas::Message& in, executor::Outbox& out) {
  const auto asked = in.as<schemas::Judge>();
  if (in.blobs.empty()) throw executor::Error("bad_input", "there are no pictures to judge");
  diffusion::JudgeSeen seen;
  compute::with_clear_errors("bad_input", "", [&] { seen = see_all(in, out); });
  schemas::Judged judged;
  std::vector<schemas::Blob> blobs;
  const auto add = [&](const char* name, const at::Tensor& tensor) {
    if (asked.tensors && tensor.defined()) compute::add_tensor(judged.tensors, blobs, name, tensor);
  };
  add("embeddings", seen.embeddings);
  add("categories", seen.categories);
  add("styles", seen.styles);
  add("backgrounds", seen.backgrounds);
  if (seen.categories.defined()) judged.verdicts = verdicts_of(seen, words_);
  judged.categories = words_.categories;
  judged.styles = words_.styles;
  judged.backgrounds = words_.backgrounds;
  out.send(schemas::Message::of(judged, std::move(blobs)));
}

std::vector<executor::Handler> handlers() {
  return {{schemas::Judge::kType, {schemas::Judged::kType}}};
}

std::vector<executor::Param> params() {
  return {{"model", std::string(), "folder of a judge, or of a vision transformer (DINO, CLIP)"}};
}

}  // namespace judge
