#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "sampler/allocation.h"
#include "schemas/training.h"

namespace sampler {

/// Pictures that are drawn of a general word, at most: there are many words, and each shows what
/// the others do not.
inline constexpr std::int64_t kMostOfGeneralWord = 4;

/// How a job's strategy, which has to be one, shares out its prior slots (allocation.h); none
/// without a prior. A metamodel that is retrained has the categories of its things alone: they
/// are its instance rows. A strategy with general words gives a part `general` to words that
/// nothing is taught of, no more of them than there are slots. `home` has the notes of losses that
/// `adaptive` reads.
std::vector<Share> prior_shares(const schemas::TrainSettings& settings, double general,
                                const std::filesystem::path& home);

/// The row of schemas::prompts_of() that a share is trained with.
std::int64_t row_of(const Share& share, const schemas::TrainSettings& settings);

/// What a job asks for when it wants pictures of the share's category, which is not its own: not
/// more than it has slots for.
schemas::TrainSettings for_category(schemas::TrainSettings settings, const Share& share);

}  // namespace sampler
