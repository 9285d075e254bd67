#pragma once

#include <cstdint>

/// How long work may take on the slowest supported machine. A stage announces these times to the
/// gateway, so that a large model's step does not look like a hang, and a small model's hang is
/// noticed soon.
namespace compute {

/// The time to read or write `bytes`: 10 s plus 20 MB/s.
std::uint32_t time_to_move_ms(std::uint64_t bytes);

/// The time for one pass through a network of `weights` weights over `positions` positions (latent
/// pixels x rows): 10 s plus 2 x weights x positions operations at 50 GFLOP/s. A UNet or VAE does
/// several times fewer operations, because most of its weights see a smaller picture.
std::uint32_t time_to_compute_ms(std::uint64_t weights, std::uint64_t positions);

}  // namespace compute
