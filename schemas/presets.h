#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace schemas {

/// The presets of a training, by name: times the steps that the base model advises. The prototype's
/// users trained objects for 200 steps, styles for about twice and faces for three times as many.
inline const std::map<std::string, std::int64_t> kPresets = {
    {"", 1}, {"object", 1}, {"style", 2}, {"face", 3}};

}  // namespace schemas
