#pragma once

#include <cstddef>
#include <cstdint>

#include "registry/defaults.h"
#include "schemas/finetune.h"
#include "schemas/models.h"
#include "schemas/training.h"

namespace registry {

/// Category pictures of a job, or its steps, when they are fewer.
inline constexpr std::int64_t kDefaultClassImages = 100;

/// Checks a request and settles what it leaves open, but for what the registry books (identifier,
/// version and the prompts) and a train_batch_size that nobody advises. Throws Error(bad_input)
/// naming the option, its value and the range.
schemas::TrainSettings settle(const schemas::Finetune& request, std::size_t pictures,
                              const Defaults& defaults);

/// The same for a metamodel that is retrained on `things` things, 1 or more: the advised steps
/// once for each, at most schemas::kMaxTrainSteps.
schemas::TrainSettings settle(const schemas::Retrain& request, std::size_t things,
                              const Defaults& defaults);

/// Puts identifier, version, prompts and validation prompt in. "{identifier}" and "{category}" in
/// the validation prompt stand for what the job got: its author cannot know the identifier before.
/// Throws Error(bad_input) when the prompt becomes too long by that.
void complete(schemas::TrainSettings& settings, const std::string& identifier,
              const std::string& version);

/// A 64-bit seed from the operating system.
std::uint64_t draw_seed();

}  // namespace registry
