#pragma once

#include <string>
#include <vector>

/// How a metamodel keeps what it has learned, chosen in the flow file (parameter `strategy` of the
/// sampler) or for one job; the names are the wire's. Shares: sampler/allocation.h.
namespace schemas {

inline constexpr const char* kBig = "big";  ///< prior rows by the BIG allocation
/// Interpolation, with a part of the prior rows for words that nothing is taught of, as the
/// pretrained model draws them, and with the average of the weights along the training in the place
/// of the last ones.
inline constexpr const char* kGeneral = "general";
/// BIG, with more replay for what the losses say is slipping.
inline constexpr const char* kAdaptive = "adaptive";
/// BIG, and after the last step a mean of the weights before and after: trainer/mixture.h.
inline constexpr const char* kInterpolation = "interpolation";
/// BIG's shares, but what the base predicts of known pictures in the place of drawn ones: see
/// trainer/teacher.h.
inline constexpr const char* kDistillation = "distillation";
inline constexpr const char* kPrototype = "prototype";    ///< BIG in whole files
inline constexpr const char* kDreamBooth = "dreambooth";  ///< drawn pictures of the own category
inline constexpr const char* kPlain = "plain";            ///< no prior rows

/// Whether a new version is a mean of the weights before and after.
bool interpolates(const std::string& strategy);

/// All of them, in the order of tables.
const std::vector<std::string>& strategies();

/// "big, adaptive, ... or plain", for hints.
std::string list_of_strategies();

}  // namespace schemas
