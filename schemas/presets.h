#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace schemas {

/// What kind of thing is learned, when the steps are left open: times the steps that the base model
/// advises. The prototype's users trained objects for 200 steps, styles for about twice and faces
/// for three times as many.
struct Preset {
  std::string_view name;
  std::int64_t factor;
};

inline constexpr std::array kPresets = {Preset{"object", 1}, Preset{"style", 2}, Preset{"face", 3}};

inline constexpr std::array kPresetNames = {kPresets[0].name, kPresets[1].name, kPresets[2].name};

/// 1 for a name that is not there: an empty one is an object.
constexpr std::int64_t steps_factor(std::string_view preset) {
  for (const auto& known : kPresets) {
    if (known.name == preset) return known.factor;
  }
  return 1;
}

}  // namespace schemas
