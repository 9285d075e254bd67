#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flow/command/json.h"
#include "schemas/retention_losses.h"

namespace flow::command {

/// A warning appears for a thing of which less than this share is kept.
inline constexpr double kLeastKept = 0.5;

/// The share of what was learned that is still there: (before - now) / (before - just). Nothing for
/// a thing that was never learned.
std::optional<double> kept_of(const schemas::RetentionLosses& retention);

inline constexpr const char* kTakeBack = "'souvenir models rollback' takes this training back";

/// "retention: sks dog: loss 0.213, 0.207 when it was learned, 0.350 before: 96 % kept". Below
/// kLeastKept it begins with "warning: " and ends with the remedy.
std::string retention_line(const schemas::RetentionLosses& retention,
                           const std::string& remedy = kTakeBack);

/// An array of the losses, each with `kept`: null for a thing that was never learned.
Json retention_json(const std::vector<schemas::RetentionLosses>& things);

}  // namespace flow::command
