#include "sampler/sampler.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "compute/open_model.h"
#include "compute/wait_for_disk_space.h"
#include "sampler/model_identity.h"
#include "sampler/prior_shares.h"
#include "schemas/nearest.h"
#include "schemas/strategies.h"
#include "schemas/targets.h"
#include "store/layout.h"
#include "store/replay_file.h"
#include "store/transfer_client.h"

namespace sampler {
namespace {

[[noreturn]] void refuse(const std::string& cause) {
  throw executor::Error("protocol", "encoded.v1: " + cause, "the encoder has a fault");
}

std::vector<float> floats_of(const schemas::TensorView& tensor) {
  std::vector<float> values(tensor.bytes.size() / sizeof(float));
  if (!values.empty()) {
    std::memcpy(values.data(), tensor.bytes.view().data(), tensor.bytes.size());
  }
  return values;
}

const schemas::Strategy& strategy_of(const schemas::TrainSettings& settings) {
  return *schemas::find_strategy(settings.strategy);  // settled() has seen that it is there
}

bool all_positive(const std::vector<std::int64_t>& shape) {
  return std::all_of(shape.begin(), shape.end(), [](std::int64_t extent) { return extent > 0; });
}

Material material_of(const schemas::Encoded& encoded, const schemas::Message& in) {
  const auto mean = schemas::find_tensor(encoded.tensors, in, "mean", "f32");
  const auto logvar = schemas::find_tensor(encoded.tensors, in, "logvar", "f32");
  const bool is_retraining = schemas::is_retraining(encoded.settings);
  const bool fits = mean.shape.size() == 4 && (mean.shape[0] == 0) == is_retraining &&
                    all_positive({mean.shape.begin() + 1, mean.shape.end()});
  if (!fits) refuse("'mean' is not [pictures, channels, height, width]");
  if (logvar.shape != mean.shape) refuse("'logvar' has another shape than 'mean'");
  if (!(std::isfinite(encoded.scaling_factor) && encoded.scaling_factor > 0)) {
    refuse("scaling_factor is not above 0");
  }
  Material material{.shape = {mean.shape[1], mean.shape[2], mean.shape[3]},
                    .instance = {},
                    .prior = {},
                    .scaling_factor = encoded.scaling_factor};
  if (is_retraining) return material;
  material.instance.push_back(
      {.drawn = {}, .learned = {.mean = floats_of(mean), .logvar = floats_of(logvar)}});
  return material;
}

schemas::Message training_of(const schemas::Encoded& encoded,
                             const schemas::TrainSettings& settings, const schemas::Message& in) {
  const auto context = schemas::find_tensor(encoded.tensors, in, "context", "f32");
  const auto prompts = static_cast<std::int64_t>(schemas::prompts_of(settings).size());
  if (context.shape.size() != 3 || context.shape[0] != prompts || !all_positive(context.shape)) {
    refuse("'context' is not [" + std::to_string(prompts) + ", length, dim]");
  }
  schemas::Training training{.settings = settings, .tensors = {}};
  std::vector<schemas::Blob> blobs;
  schemas::add_tensor(training.tensors, blobs, "context", "f32", context.shape, context.bytes);
  if (*settings.train_text_encoder) {
    const auto ids = schemas::find_tensor(encoded.tensors, in, "ids", "i64");
    schemas::add_tensor(training.tensors, blobs, "ids", "i64", ids.shape, ids.bytes);
  }
  return schemas::Message::of(training, std::move(blobs));
}

}  // namespace

Sampler::Sampler(const executor::Setup& setup)
    : home_(setup.home),
      batch_size_(setup.params.get<std::int64_t>("train_batch_size")),
      strategy_(setup.params.get<std::string>("strategy")),
      general_(setup.params.get<double>("general_prior")),
      num_train_timesteps_(setup.params.get<std::int64_t>("num_train_timesteps")),
      category_(LatentCache(store::prior_cache(setup.home)),
                identity_of_model(compute::open_model(setup)),
                setup.params.get<std::int64_t>("prior_batch")) {
  if (schemas::find_strategy(strategy_) != nullptr) return;
  throw executor::Error("bad_config",
                        "there is no strategy '" + strategy_ + "'" +
                            schemas::did_you_mean(strategy_, schemas::strategy_names()),
                        "use " + schemas::list_of_strategies());
}

void Sampler::process(const schemas::Message& in, executor::Outbox& out) {
  const auto encoded = in.as<schemas::Encoded>();
  const auto settings = settled(encoded.settings);
  const auto training = training_of(encoded, settings, in);
  auto material = material_of(encoded, in);
  if (schemas::is_metamodel(settings.target_model)) {
    exchange_replay(settings, material, in, out);
  }
  if (schemas::is_retraining(settings))
    material.instance = all_things(settings, material.shape, out);
  material.prior = prior_of(settings, material, out);
  out.send(training);
  Batches batches(std::move(material), *settings.seed,
                  *settings.train_batch_size * settings.gradient_accumulation_steps,
                  num_train_timesteps_);
  const auto from_step = static_cast<std::int64_t>(in.from_step);
  for (auto step = from_step; step < *settings.max_train_steps; ++step) out.send(batches.at(step));
}

void Sampler::exchange_replay(const schemas::TrainSettings& settings, const Material& material,
                              const schemas::Message& in, executor::Outbox& out) const {
  store::TransferClient transfers(home_, out, in, schemas::capabilities_of(settings));
  if (settings.base != schemas::kPretrained) {
    transfers.require(schemas::kVersionFolder, settings.base, schemas::kRead);
  }
  const auto staged = store::staged_replay_folder(home_, settings.version);
  if (!schemas::is_retraining(settings)) {
    transfers.require(schemas::kReplayFolder, settings.version, schemas::kWrite);
  }
  for (const auto& thing : material.instance) {
    compute::wait_for_disk_space(out, {.text = "keeping the pictures' latents"}, [&] {
      store::write_replay(staged, thing.learned, material.shape);
    });
  }
  if (!transfers.is_home() && !schemas::is_retraining(settings)) {
    transfers.send(schemas::kReplayFolder, settings.version, staged);
  }
  for (const auto& thing : settings.replay) {
    transfers.bring_if_missing(schemas::kReplayFolder, thing.version,
                               store::replay_folder(home_, thing.version));
  }
}

schemas::TrainSettings Sampler::settled(schemas::TrainSettings settings) const {
  if (!settings.train_batch_size) settings.train_batch_size = batch_size_;
  if (settings.strategy.empty()) settings.strategy = strategy_;
  if (const auto fault = schemas::fault_in(settings)) {
    throw executor::Error("bad_input", fault->cause, fault->hint);
  }
  if (const auto open = schemas::open_option(settings); !open.empty()) {
    refuse(std::string(open) + " is left open");
  }
  const auto& strategy = strategy_of(settings);
  const bool draws = settings.prior_loss_weight > 0 &&
                     strategy.shares != schemas::PriorShares::none && !strategy.distils;
  if (!draws) settings.num_class_images = 0;
  const bool averages = strategy.averages && schemas::is_metamodel(settings.target_model);
  if (averages && !settings.use_ema) {
    settings.use_ema = true;
    settings.ema_inv_gamma = kGeneralInvGamma;
  }
  return settings;
}

std::vector<Source> Sampler::prior_of(const schemas::TrainSettings& settings,
                                      const Material& material, executor::Outbox& out) const {
  std::vector<Source> sources;
  if (*settings.num_class_images == 0 && !strategy_of(settings).distils) return sources;
  for (const auto& share : prior_shares(settings, general_, home_)) {
    sources.push_back(source_of(share, settings, material, out));
  }
  return sources;
}

Source Sampler::source_of(const Share& share, const schemas::TrainSettings& settings,
                          const Material& material, executor::Outbox& out) const {
  Source source{
      .share = share.share, .prompt = row_of(share, settings), .drawn = {}, .learned = {}};
  if (share.thing) {
    source.learned = recall(settings.replay[*share.thing], material.shape, out);
  } else if (strategy_of(settings).distils) {
    source.learned = seen_of(share.category, settings, material, out);
  } else if (share.category == settings.category) {
    source.drawn = category_.collect(settings, material.shape, out);
  } else {
    source.drawn = category_.collect(for_category(settings, share), material.shape, out);
  }
  return source;
}

std::vector<Source> Sampler::all_things(const schemas::TrainSettings& settings,
                                        const store::LatentShape& shape,
                                        executor::Outbox& out) const {
  std::vector<Source> things;
  for (const auto& thing : settings.replay) {
    things.push_back({.share = 1.0 / static_cast<double>(settings.replay.size()),
                      .prompt = schemas::kFirstReplayRow + std::ssize(things),
                      .drawn = {},
                      .learned = recall(thing, shape, out)});
  }
  if (things.empty()) refuse("there is nothing to retrain the metamodel on: it has no things");
  return things;
}

store::Posterior Sampler::recall(const schemas::Replay& thing, const store::LatentShape& shape,
                                 executor::Outbox& out) const {
  if (out.cancelled()) throw executor::Cancelled();  // and a beat: there may be hundreds
  return store::read_replay(store::replay_folder(home_, thing.version), shape,
                            "'" + thing.identifier + "' (" + thing.category + ")");
}

store::Posterior Sampler::seen_of(const std::string& category,
                                  const schemas::TrainSettings& settings, const Material& material,
                                  executor::Outbox& out) const {
  store::Posterior seen;
  const auto add = [&seen](const store::Posterior& more) {
    seen.mean.insert(seen.mean.end(), more.mean.begin(), more.mean.end());
    seen.logvar.insert(seen.logvar.end(), more.logvar.begin(), more.logvar.end());
  };
  if (category == settings.category) add(material.instance.front().learned);
  for (const auto& thing : settings.replay) {
    if (thing.category != category) continue;
    add(recall(thing, material.shape, out));
  }
  return seen;
}

std::vector<executor::Call> calls() {
  auto calls = store::calls();
  calls.push_back({.endpoint = kPriorRoute, .sends = "prior.v1", .returns = "latents.v1"});
  return calls;
}

}  // namespace sampler
