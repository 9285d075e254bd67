#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sampler {

/// Where a prior slot of a batch is filled from: pictures of a category that the pretrained model
/// drew, or the pictures of a thing that was learned earlier.
struct Share {
  std::string category;
  std::optional<std::size_t> thing;  ///< index into `earlier`; none = drawn pictures
  double share = 0;                  ///< of all prior slots; those of an allocation sum to 1
};

/// How the prior slots are shared out. `earlier` are the categories of the things that the
/// model has learned, `category` is that of the thing it learns now. Pure functions.
///
/// BIG: half to the current category, the other half equally to the other categories learned so
/// far; no other category: the current one takes all. Without `earlier` that is DreamBooth in
/// sequence (arXiv 2208.12242): drawn pictures of the current category alone. Each category gives
/// half of its share to drawn pictures and half, equally, to its earlier things; without one, all
/// to drawn pictures. No share is 0. Order: the current category, then the others as they were
/// learned; in each the drawn pictures, then its things.
std::vector<Share> big_allocation(const std::string& category,
                                  const std::vector<std::string>& earlier);

/// The same in whole files of a budget, each division cut to an integer, as the prototype did
/// (jina-ai/big_creative_ai, `_get_cat_inst_to_num_images_metamodel`): the baseline that shows what
/// is lost. Things and categories with no file are left out: they starve.
std::vector<Share> prototype_allocation(const std::string& category,
                                        const std::vector<std::string>& earlier,
                                        std::int64_t budget);

/// Drawn pictures of each category, equally.
std::vector<Share> equal_allocation(const std::vector<std::string>& categories);

/// Gives a part `general` of all prior slots to drawn pictures of `words`, equally, and the rest to
/// `shares` as they are; `words` come last. Without words, or a part of 0, `shares` alone.
/// `general` is at least 0 and less than 1.
std::vector<Share> with_general(std::vector<Share> shares, const std::vector<std::string>& words,
                                double general);

/// The most that adaptive_allocation() multiplies a share of BIG's by.
inline constexpr double kMostReplay = 4;

/// How much of what was learned of a thing is gone, 0 to 1, by losses before it was learned, just
/// after, and now: (now - just) / (before - just). 0 when nothing was learned.
double forgetting(double before, double just, double now);

/// BIG, in which each earlier thing's share is multiplied by 1 + (kMostReplay - 1) x its slip, and
/// then all are divided by their sum: what slips is shown more. No share falls under BIG's divided
/// by kMostReplay. `slips` are those of `earlier`, each 0 to 1.
std::vector<Share> adaptive_allocation(const std::string& category,
                                       const std::vector<std::string>& earlier,
                                       const std::vector<double>& forgotten);

}  // namespace sampler
