#include "encoder/encoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "compute/clear_errors.h"
#include "compute/pretrained_folder.h"
#include "compute/tensors.h"
#include "compute/time_budget.h"
#include "diffusion/networks/allocator.h"
#include "executor/files/bytes_below.h"
#include "executor/files/sha256.h"
#include "schemas/generate.h"
#include "schemas/identifiers.h"
#include "schemas/training.h"
#include "schemas/words.h"
#include "store/transfer_client.h"
#include "store/version_folder.h"

namespace encoder {
namespace {

constexpr std::size_t kToldPictures = 8;  // those at fault that one refusal names
constexpr std::int64_t kDefaultCacheBytes = 256ll * 1024 * 1024;

/// Runs after `text` is shown as what is being loaded, so that a slow load is seen.
template <typename T, typename... Arguments>
T load(const executor::Setup& setup, const char* text, const Arguments&... arguments) {
  setup.loading(text);
  try {
    return T(arguments...);
  } catch (const std::runtime_error& e) {
    throw executor::Error("bad_config", e.what());
  }
}

// [1, 3, side, side] in [-1, 1]
at::Tensor to_pixels(pictures::SquarePicture& picture) {
  const auto bytes =
      at::from_blob(picture.rgb.data(), {1, picture.side, picture.side, 3}, at::kByte);
  return bytes.permute({0, 3, 1, 2}).to(at::kFloat).contiguous() / 127.5 - 1.0;
}

// On a slow machine.
std::uint32_t time_of_a_picture_ms(const std::filesystem::path& folder, const diffusion::Vae& vae) {
  const auto side = static_cast<std::uint64_t>(vae.sample_size());
  return compute::time_to_compute_ms(files::bytes_below(folder) / sizeof(float), side * side);
}

/// Does `work` with each picture, and names all that are at fault, once. `all_sound`: none before
/// this one was.
template <typename Work>
void for_each_picture(const schemas::Message& in, const Work& work) {
  std::vector<std::string> faults;
  for (std::size_t i = 0; i < in.blobs.size(); ++i) {
    try {
      const bool all_sound = faults.empty();
      work(i, all_sound);
    } catch (const pictures::PictureFault& e) {
      faults.push_back("picture " + std::to_string(i + 1) + " of " +
                       std::to_string(in.blobs.size()) + " " + e.what());
    }
  }
  if (faults.empty()) return;
  throw executor::Error("bad_input", schemas::first_few(faults, kToldPictures),
                        "send whole JPEG, PNG or WebP files of reasonable size");
}

}  // namespace

Encoder::Encoder(const executor::Setup& setup)
    : model_(compute::pretrained_folder(setup)),
      tokenizer_(load<diffusion::Tokenizer>(setup, "loading tokenizer", model_ / "tokenizer")),
      text_encoder_(load<diffusion::TextEncoder>(setup, "loading text encoder", model_)),
      home_(setup.home),
      vae_(load<diffusion::Vae>(setup, "loading vae", model_)),
      picture_ms_(time_of_a_picture_ms(model_ / "vae", vae_)),
      cache_(static_cast<std::size_t>(setup.params.get<std::int64_t>("cache_bytes"))) {
  diffusion::tune_allocator();
}

void Encoder::process(const schemas::Message& in, executor::Outbox& out) {
  compute::with_clear_errors("bad_input", "", [&] {
    if (in.type == schemas::Plan::kType) {
      encode_plan(in, out);
    } else if (in.type == schemas::Forgotten::kType) {
      cache_.drop(in.owner + "\n");  // which of their pictures showed the thing is not known
      out.send(schemas::Message::of(in.as<schemas::Forgotten>()));
    } else if (in.type == schemas::Generation::kType) {
      encode_prompts<schemas::Generation, schemas::Draw>(in, out);
    } else {
      encode_prompts<schemas::Prior, schemas::DrawLatents>(in, out);
    }
  });
}

void Encoder::encode_plan(const schemas::Message& in, executor::Outbox& out) {
  schemas::Encoded encoded;
  encoded.settings = in.as<schemas::Plan>().settings;
  encoded.scaling_factor = vae_.scaling_factor();
  const auto& settings = encoded.settings;
  const auto posterior = posterior_of_all(in, settings, out);
  store::TransferClient(home_, out, in, schemas::capabilities_of(settings))
      .bring_version(settings.base);
  report_cut(settings.validation_prompt, out);
  const auto prompts = schemas::prompts_of(settings);
  std::vector<schemas::Blob> blobs;
  compute::add_tensor(encoded.tensors, blobs, "mean", posterior[0]);
  compute::add_tensor(encoded.tensors, blobs, "logvar", posterior[1]);
  compute::add_tensor(encoded.tensors, blobs, "context",
                      context_of(in.owner, settings.base, prompts, out));
  if (settings.train_text_encoder.value_or(false))
    compute::add_tensor(encoded.tensors, blobs, "ids", ids_of(prompts));
  out.send(schemas::Message::of(encoded, std::move(blobs)));
}

std::vector<at::Tensor> Encoder::posterior_of_all(const schemas::Message& in,
                                                  const schemas::TrainSettings& settings,
                                                  executor::Outbox& out) {
  if (schemas::is_retraining(settings)) {
    const auto side = vae_.sample_size() / vae_.factor();
    const auto none = at::zeros({0, vae_.latent_channels(), side, side});
    return {none, none};
  }
  if (in.blobs.empty()) throw executor::Error("bad_input", "there are no pictures to learn from");
  for_each_picture(in, [&](std::size_t i, bool) { pictures::check_picture(in.blobs[i].view()); });

  const auto count = static_cast<std::int64_t>(in.blobs.size());
  std::vector<at::Tensor> means, logvars;
  pictures::Decoder decoder;
  out.expect_steps_of(picture_ms_);
  for_each_picture(in, [&](std::size_t i, bool all_sound) {
    if (all_sound) {
      const auto posterior = posterior_of(in, i, decoder);
      means.push_back(posterior[0]);
      logvars.push_back(posterior[1]);
    } else {  // only to tell what is wrong with the rest
      decoder.decode_square(in.blobs[i].view(), vae_.sample_size());
    }
    schemas::Progress progress;
    progress.text = "encoding pictures";
    progress.step = static_cast<std::int64_t>(i) + 1;
    progress.total = count;
    out.progress(progress);
  });
  return {at::cat(means), at::cat(logvars)};
}

template <typename From, typename To>
void Encoder::encode_prompts(const schemas::Message& in, executor::Outbox& out) {
  const auto request = in.as<From>();
  To draw{.settings = request.settings, .tensors = {}, .capabilities = request.capabilities};
  report_cut(draw.settings.prompt, out);
  report_cut(draw.settings.negative_prompt, out);
  store::TransferClient(home_, out, in, draw.capabilities).bring_version(draw.settings.version);
  std::vector<schemas::Blob> blobs;
  compute::add_tensor(draw.tensors, blobs, "context",
                      context_of(in.owner, draw.settings.version,
                                 {draw.settings.prompt, draw.settings.negative_prompt}, out));
  out.send(schemas::Message::of(draw, std::move(blobs)));
}

std::vector<at::Tensor> Encoder::posterior_of(const schemas::Message& in, std::size_t picture,
                                              pictures::Decoder& decoder) {
  const auto bytes = in.blobs[picture].view();
  const auto key = in.owner + "\n" + files::sha256_of(bytes);
  auto kept = cache_.find(key);
  if (!kept.empty()) return kept;
  auto square = decoder.decode_square(bytes, vae_.sample_size());
  const auto posterior = vae_.encode(to_pixels(square));
  kept = {posterior.mean.cpu(), posterior.logvar.cpu()};
  cache_.keep(key, kept);
  return kept;
}

at::Tensor Encoder::context_of(const std::string& owner, const std::string& version,
                               const std::vector<std::string>& texts, executor::Outbox& out) {
  std::vector<at::Tensor> rows;
  for (const auto& text : texts) {
    if (out.cancelled()) throw executor::Cancelled();  // and a beat: a metamodel has many texts
    const auto key = owner + "\n" + version + "\nprompt " + text;
    auto kept = cache_.find(key);
    if (kept.empty()) {
      kept = {text_encoder_of(version, out).encode(ids_of({text})).cpu()};
      cache_.keep(key, kept);
    }
    rows.push_back(kept.front());
  }
  return at::cat(rows);
}

at::Tensor Encoder::ids_of(const std::vector<std::string>& texts) const {
  std::vector<at::Tensor> rows;
  for (const auto& text : texts) {
    rows.push_back(at::tensor(tokenizer_.encode(text)).to(at::kLong).unsqueeze(0));
  }
  return at::cat(rows);
}

const diffusion::TextEncoder& Encoder::text_encoder_of(const std::string& version,
                                                       executor::Outbox& out) {
  if (version == store::kPretrained) return text_encoder_;
  warm_.remove_if([&](const auto& warm) { return !store::has_version(home_, warm.first); });
  const auto found = std::find_if(warm_.begin(), warm_.end(),
                                  [&](const auto& warm) { return warm.first == version; });
  if (found != warm_.end()) {
    warm_.splice(warm_.begin(), warm_, found);
    return warm_.front().second;
  }
  out.expect_silence(
      compute::time_to_move_ms(files::bytes_below(store::local_version(home_, version))));
  const auto folder = store::version_folder(home_, model_, version, {"text_encoder"});
  compute::with_clear_errors("bad_config", "",
                             [&] { warm_.emplace_front(version, diffusion::TextEncoder(folder)); });
  if (warm_.size() > kWarmTextEncoders) warm_.pop_back();
  return warm_.front().second;
}

void Encoder::report_cut(const std::string& text, executor::Outbox& out) const {
  const auto room = static_cast<std::size_t>(tokenizer_.model_max_length()) - 2;  // BOS and EOS
  const auto count = tokenizer_.tokens(text).size();
  if (count <= room) return;
  schemas::Progress progress;
  progress.text = "a prompt has " + std::to_string(count) + " tokens; the model reads the first " +
                  std::to_string(room) + " of them";
  out.progress(progress);
}

std::vector<executor::Handler> handlers() {
  return {{schemas::Plan::kType, {schemas::Encoded::kType}},
          {schemas::Generation::kType, {schemas::Draw::kType}},
          {schemas::Prior::kType, {schemas::DrawLatents::kType}},
          {schemas::Forgotten::kType, {schemas::Forgotten::kType}}};
}

std::vector<executor::Param> params() {
  return {{"model", std::string(), "folder of the pretrained model, as diffusers writes it"},
          {"cache_bytes", kDefaultCacheBytes, "memory for pictures and prompts encoded lately", 0,
           1e12}};
}

}  // namespace encoder
