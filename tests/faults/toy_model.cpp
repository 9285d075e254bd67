// What encoder and generator do in the flow that learns, without a network: numbers that follow
// from the bytes of pictures, prompts and seeds.
#include "executor/plugin.h"
#include "schemas/generate.h"
#include "schemas/training.h"
#include "tests/faults/toy_numbers.h"

namespace {

constexpr double kScalingFactor = 0.18215;
constexpr std::int64_t kLength = 2, kDim = 2;  // of an embedded prompt

class ToyModel final : public executor::Executor {
 public:
  explicit ToyModel(const executor::Setup&) {}

  void process(const schemas::Message& in, executor::Outbox& out) override {
    if (in.type == schemas::Plan::kType) return encode(in, out);
    if (in.type == schemas::Prior::kType) {
      return out.send(
          schemas::Message::of(schemas::DrawLatents{in.as<schemas::Prior>().settings, {}}));
    }
    draw(in, out);
  }

 private:
  static void encode(const schemas::Message& in, executor::Outbox& out) {
    schemas::Encoded encoded{in.as<schemas::Plan>().settings, kScalingFactor, {}};
    std::vector<float> mean, logvar, context;
    for (const auto& picture : in.blobs) {
      append(mean, picture.view(), toy::kValues);
      logvar.insert(logvar.end(), toy::kValues, -4.0F);
      out.progress({.text = "encoding pictures"});
    }
    const auto prompts = schemas::prompts_of(encoded.settings);
    for (const auto& prompt : prompts) append(context, prompt, kLength * kDim);
    const std::vector<std::int64_t> shape{static_cast<std::int64_t>(in.blobs.size()),
                                          toy::kChannels, toy::kHeight, toy::kWidth};
    std::vector<schemas::Blob> blobs;
    schemas::add_tensor(encoded.tensors, blobs, "mean", "f32", shape, toy::blob_of(mean));
    schemas::add_tensor(encoded.tensors, blobs, "logvar", "f32", shape, toy::blob_of(logvar));
    schemas::add_tensor(encoded.tensors, blobs, "context", "f32",
                        {static_cast<std::int64_t>(prompts.size()), kLength, kDim},
                        toy::blob_of(context));
    out.send(schemas::Message::of(encoded, std::move(blobs)));
  }

  static void draw(const schemas::Message& in, executor::Outbox& out) {
    schemas::Latents latents{in.as<schemas::DrawLatents>().settings, {}};
    std::vector<float> values;
    for (const auto seed : latents.settings.seeds) {
      append(values, std::to_string(seed) + latents.settings.prompt, toy::kValues);
    }
    const auto count = static_cast<std::int64_t>(latents.settings.seeds.size());
    std::vector<schemas::Blob> blobs;
    schemas::add_tensor(latents.tensors, blobs, "latents", "f32",
                        {count, toy::kChannels, toy::kHeight, toy::kWidth}, toy::blob_of(values));
    out.send(schemas::Message::of(latents, std::move(blobs)));
  }

  static void append(std::vector<float>& to, std::string_view bytes, std::size_t count) {
    const auto numbers = toy::numbers_from(bytes, count);
    to.insert(to.end(), numbers.begin(), numbers.end());
  }
};

}  // namespace

SOUVENIR_PLUGIN(ToyModel, .name = "toy_model", .help = "Encodes and draws without a network",
                .handlers = {{.accepts = "plan.v1", .emits = {"encoded.v1"}},
                             {.accepts = "prior.v1", .emits = {"draw_latents.v1"}},
                             {.accepts = "draw_latents.v1", .emits = {"latents.v1"}}},
                .silence_ms = 1'000)
