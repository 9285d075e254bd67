#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace files {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section
/// 3.3): 128 random bits for a counter and a key. A pure function. Random123 would save ten lines.
PhiloxCounter philox4x32(PhiloxCounter counter, PhiloxKey key);

/// What random numbers are drawn for; each purpose has numbers of its own.
enum class Purpose : std::uint32_t {
  instance_order,
  prior_order,
  posterior,
  noise,
  timesteps,
  corpus,
  pool,
  slot_order,
  replay,
  low_rank,
  dropout
};

/// Random numbers that follow from (seed, purpose, index) alone: those of a training step are the
/// same whatever was drawn before, so that a stream can be entered at any step. A value.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, Purpose purpose, std::uint64_t index);

  std::uint32_t next();
  /// Uniform in 0..count-1, without bias. `count` is at least 1.
  std::uint32_t below(std::uint32_t count);
  /// Fills with N(0, 1) by Box and Muller (Ann. Math. Stat. 29, 1958).
  void fill_normal(std::span<float> values);

 private:
  PhiloxKey key_;
  PhiloxCounter counter_;  // block, purpose, index low, index high
  PhiloxCounter block_{};
  std::size_t used_ = 4;
};

}  // namespace files
