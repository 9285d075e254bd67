#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "schemas/generate.h"

namespace pictures {

/// The PNG keyword that image programs look for.
inline constexpr const char* kRecipeKeyword = "parameters";

/// The recipe of picture `index`, in the form that AUTOMATIC1111's web UI writes and other programs
/// read: the prompt, a line "Negative prompt: ...", and a line of "Name: value" pairs separated by
/// commas. A value with a comma, a colon, a quote or a line break is a JSON string.
std::string recipe(const schemas::DrawSettings& settings, std::size_t index, std::int64_t width,
                   std::int64_t height);

}  // namespace pictures
