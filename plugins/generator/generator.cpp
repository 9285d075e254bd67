#include "generator/generator.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <chrono>

#include "compute/clear_errors.h"
#include "compute/pretrained_folder.h"
#include "compute/refuse.h"
#include "compute/sampling.h"
#include "compute/tensors.h"
#include "compute/time_budget.h"
#include "diffusion/networks/allocator.h"
#include "diffusion/schedulers/scheduler.h"
#include "diffusion/training/sample.h"
#include "executor/files/bytes_below.h"
#include "executor/files/file_error.h"
#include "generator/draw_limits.h"
#include "pictures/picture_file.h"
#include "pictures/png_text.h"
#include "pictures/recipe.h"
#include "pictures/rgb.h"
#include "store/transfer_client.h"
#include "store/version_folder.h"

namespace generator {
namespace {

constexpr std::int64_t kDefaultCacheBytes = 4ll * 1024 * 1024 * 1024;

diffusion::Vae load_vae(const executor::Setup& setup, const std::filesystem::path& model) {
  setup.loading("loading vae");
  try {
    return diffusion::Vae(model);
  } catch (const files::Error& e) {
    throw executor::Error("bad_config", e.what());
  }
}

at::ScalarType dtype_of(const executor::Setup& setup) {
  const auto name = setup.params.get<std::string>("dtype");
  if (name == "fp32") return at::kFloat;
  if (name == "bf16") return at::kBFloat16;
  throw executor::Error("bad_config", "dtype is \"" + name + "\"", "use fp32 or bf16");
}

using compute::refuse;

void check(const schemas::DrawSettings& settings, std::size_t most) {
  if (settings.seeds.empty() || settings.seeds.size() > most) {
    refuse("the number of pictures must be 1 to " + std::to_string(most) + ", not " +
           std::to_string(settings.seeds.size()));
  }
  if (settings.num_inference_steps < 1 || settings.num_inference_steps > kMaxSteps) {
    refuse("num_inference_steps must be 1 to " + std::to_string(kMaxSteps) + ", not " +
           std::to_string(settings.num_inference_steps));
  }
  if (!(settings.guidance_scale >= 0 && settings.guidance_scale <= kMaxGuidanceScale)) {
    refuse("guidance_scale must be 0 to 100, not " + std::to_string(settings.guidance_scale));
  }
}

/// One side in pixels: what was asked for, or the model's own for 0.
std::int64_t side_px(const char* name, std::int64_t asked, std::int64_t own, int multiple) {
  const auto side = asked == 0 ? own : asked;
  if (side < multiple || side > kMaxSidePx || side % multiple != 0) {
    refuse(std::string(name) + " " + std::to_string(side) + " does not fit this model",
           "use a multiple of " + std::to_string(multiple) + " up to " +
               std::to_string(kMaxSidePx) + "; its own size is " + std::to_string(own));
  }
  return side;
}

void check_total(std::int64_t pictures, std::int64_t width, std::int64_t height) {
  if (pictures * width * height <= kMaxTotalPixels) return;
  refuse(std::to_string(pictures) + " pictures of " + std::to_string(width) + "x" +
             std::to_string(height) + " pixels are more than one request may have",
         "ask for at most " + std::to_string(kMaxTotalPixels) + " pixels in all");
}

void check_latents_bytes(std::int64_t values) {
  if (values * 4 <= static_cast<std::int64_t>(schemas::kMaxBlobBytes)) return;
  refuse("the latents of so many pictures do not fit one message", "ask for fewer at a time");
}

/// Tells the client after each step of the network how far the whole request is.
class StepReport {
 public:
  StepReport(executor::Outbox& out, std::int64_t pictures, std::int64_t total)
      : out_(out), total_(total) {
    text_ =
        pictures == 1 ? "drawing 1 picture" : "drawing " + std::to_string(pictures) + " pictures";
  }

  bool next() {
    if (out_.cancelled()) return false;
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start_;
    schemas::Progress progress;
    progress.text = text_;
    progress.step = ++done_;
    progress.total = total_;
    progress.eta_s =
        spent.count() / static_cast<double>(done_) * static_cast<double>(total_ - done_);
    out_.progress(progress);
    return true;
  }

 private:
  executor::Outbox& out_;
  std::int64_t total_, done_ = 0;
  std::string text_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

Generator::Generator(const executor::Setup& setup)
    : home_(setup.home),
      model_(compute::pretrained_folder(setup)),
      vae_(load_vae(setup, model_)),
      unets_(setup.home, model_, vae_.factor(), dtype_of(setup),
             static_cast<std::size_t>(setup.params.get<std::int64_t>("cache_bytes"))),
      graphs_(setup.params.get<bool>("graphs")) {
  diffusion::tune_allocator();
  compute::with_clear_errors("bad_config", "", [&] {
    const auto warm = unets_.get(store::kPretrained, [&] { setup.loading("loading unet"); });
    unet_weights_ = warm->unet.bytes() / sizeof(float);
  });
}

// Of a call of the network, which is larger than the VAE.
void Generator::tell_pace(std::size_t pictures, std::int64_t latent_pixels,
                          executor::Outbox& out) const {
  const auto rows = 2 * std::min(pictures, kMaxBatch);
  out.expect_steps_of(
      compute::time_to_compute_ms(unet_weights_, rows * static_cast<std::uint64_t>(latent_pixels)));
}

void Generator::process(const schemas::Message& in, executor::Outbox& out) {
  compute::with_clear_errors("bad_input", "", [&] {
    if (in.type == schemas::Draw::kType) {
      auto draw = in.as<schemas::Draw>();
      check(draw.settings, kMaxPictures);
      const auto context = compute::read_f32(draw.tensors, in, "context", 3);
      store::TransferClient(home_, out, in, draw.capabilities).bring_version(draw.settings.version);
      const auto latents = latents_for(draw.settings, context, true, out);
      send_pictures(draw.settings, latents, out);
    } else if (in.type == schemas::DrawLatents::kType) {
      auto draw = in.as<schemas::DrawLatents>();
      check(draw.settings, kMaxLatents);
      const auto context = compute::read_f32(draw.tensors, in, "context", 3);
      store::TransferClient(home_, out, in, draw.capabilities).bring_version(draw.settings.version);
      schemas::Latents latents;
      std::vector<schemas::Blob> blobs;
      compute::add_tensor(latents.tensors, blobs, "latents",
                          latents_for(draw.settings, context, false, out));
      latents.settings = draw.settings;
      out.send(schemas::Message::of(latents, std::move(blobs)));
    } else {
      const auto drawn = in.as<schemas::Latents>();
      send_pictures(drawn.settings, compute::read_f32(drawn.tensors, in, "latents", 4), out);
    }
  });
}

at::Tensor Generator::latents_for(schemas::DrawSettings& settings, const at::Tensor& context,
                                  bool as_pictures, executor::Outbox& out) {
  std::shared_ptr<const WarmUNet> warm;
  compute::with_clear_errors("bad_config", "", [&] {
    warm = unets_.get(settings.version, [&] {
      schemas::Progress progress;
      progress.text = "loading model " + settings.version;
      out.progress(progress);
      out.expect_silence(compute::time_to_move_ms(files::bytes_below(model_)));
    });
  });
  const auto& unet = warm->unet;
  if (context.size(0) != 2 || context.size(2) != unet.context_dim()) {
    refuse("the embedded prompts do not fit the model: they must be [2, length, " +
           std::to_string(unet.context_dim()) + "]");
  }
  const std::int64_t own = std::int64_t{unet.sample_size()} * vae_.factor();
  const auto width = side_px("width", settings.width, own, warm->size_multiple);
  const auto height = side_px("height", settings.height, own, warm->size_multiple);

  const auto& seeds = settings.seeds;
  const auto count = static_cast<std::int64_t>(seeds.size());
  const auto rows = height / vae_.factor(), columns = width / vae_.factor();
  if (as_pictures) check_total(count, width, height);
  check_latents_bytes(count * unet.in_channels() * rows * columns);
  tell_pace(seeds.size(), rows * columns, out);
  const auto batches = static_cast<std::int64_t>((seeds.size() + kMaxBatch - 1) / kMaxBatch);
  const diffusion::SampleOptions options{static_cast<int>(settings.num_inference_steps),
                                         settings.guidance_scale, graphs_};
  const auto schedule = compute::sampling_schedule(warm->schedule, settings.scheduler);
  settings.scheduler = diffusion::scheduler_name(schedule);
  const auto calls = diffusion::make_scheduler(schedule, options.steps)->timesteps().size();
  StepReport report(out, count, batches * static_cast<std::int64_t>(calls));
  std::vector<at::Tensor> latents;
  for (std::size_t first = 0; first < seeds.size(); first += kMaxBatch) {
    const auto last = std::min(first + kMaxBatch, seeds.size());
    const auto noise = compute::noise_from({seeds.begin() + static_cast<std::ptrdiff_t>(first),
                                            seeds.begin() + static_cast<std::ptrdiff_t>(last)},
                                           unet.in_channels(), rows, columns);
    latents.push_back(diffusion::sample_latents(unet, schedule, noise, context.narrow(0, 0, 1),
                                                context.narrow(0, 1, 1), options,
                                                [&](int, int) { return report.next(); }));
  }
  return at::cat(latents);
}

void Generator::send_pictures(const schemas::DrawSettings& settings, const at::Tensor& latents,
                              executor::Outbox& out) {
  const auto count = latents.size(0);
  if (count < 1 || count > static_cast<std::int64_t>(kMaxPictures)) {
    refuse("there must be 1 to " + std::to_string(kMaxPictures) + " latents to make pictures of");
  }
  const std::int64_t most = kMaxSidePx / vae_.factor();
  if (latents.size(1) != vae_.latent_channels() || latents.size(2) < 1 || latents.size(2) > most ||
      latents.size(3) < 1 || latents.size(3) > most) {
    refuse("the latents do not fit the model's VAE");
  }
  check_total(count, latents.size(3) * vae_.factor(), latents.size(2) * vae_.factor());
  std::vector<pictures::RgbPicture> pictures;
  std::vector<schemas::Blob> blobs;
  tell_pace(1, latents.size(2) * latents.size(3), out);
  for (std::int64_t i = 0; i < count; ++i) {
    if (out.cancelled()) throw executor::Cancelled();
    // One at a time: the VAE's memory is what limits a large picture.
    const auto pixels = vae_.decode(latents.narrow(0, i, 1) / vae_.scaling_factor());
    pictures.push_back(pictures::to_rgb(pixels[0]));
    const auto& picture = pictures.back();
    const auto text =
        pictures::recipe(settings, static_cast<std::size_t>(i), picture.width, picture.height);
    blobs.emplace_back(
        pictures::with_png_text(pictures::to_png(picture), pictures::kRecipeKeyword, text));
  }
  if (settings.grid) blobs.emplace_back(pictures::to_png(pictures::contact_sheet(pictures)));
  schemas::Pictures result;
  result.settings = settings;
  result.grid = settings.grid;
  out.send(schemas::Message::of(result, std::move(blobs)));
}

std::vector<executor::Handler> handlers() {
  return {{schemas::Draw::kType, {schemas::Pictures::kType}},
          {schemas::DrawLatents::kType, {schemas::Latents::kType}},
          {schemas::Latents::kType, {schemas::Pictures::kType}}};
}

std::vector<executor::Param> params() {
  return {
      {"model", std::string(), "folder of the pretrained model, as diffusers writes it"},
      {"dtype", std::string("fp32"),
       "what the UNet computes in: fp32, or bf16, which GPUs are fast at"},
      {"graphs", false,
       "on a GPU, record the network once for a request and replay it (CUDA graphs)"},
      {"cache_bytes", kDefaultCacheBytes, "memory for the UNets of versions used lately", 0, 1e13}};
}

}  // namespace generator
