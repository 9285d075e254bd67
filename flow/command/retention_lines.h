#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flow/command/json.h"
#include "schemas/retention_losses.h"

namespace flow::command {

/// A thing that keeps less of what was learned is warned of.
inline constexpr double kLeastKept = 0.5;

/// The share of what was learned that is still there, (before - now) / (before - just); nothing for
/// a thing that was not learned.
std::optional<double> kept_of(const schemas::RetentionLosses& retention);

inline constexpr const char* kTakeBack = "'souvenir models rollback' takes this training back";

/// "health: sks dog: loss 0.213, 0.207 when it was learned, 0.350 before: 96 % kept"; begins with
/// "warning: " under kLeastKept, and says what helps.
std::string retention_line(const schemas::RetentionLosses& retention,
                           const std::string& remedy = kTakeBack);

/// An array; each with `kept`, null for a thing that was not learned.
Json retention_json(const std::vector<schemas::RetentionLosses>& things);

}  // namespace flow::command
