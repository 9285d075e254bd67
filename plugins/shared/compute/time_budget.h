#pragma once

#include <cstdint>
#include <filesystem>

/// How long work may take on the slowest machine that is thought of: what a stage tells the gateway
/// to expect, so that a large model's step is not taken for a hang, and a small one's hang is soon
/// noticed.
namespace compute {

/// To read or write so many bytes: 10 s, and 20 MB/s.
std::uint32_t time_to_move_ms(std::uint64_t bytes);

/// For one pass through a network of so many weights over so many positions (latent pixels x rows):
/// 10 s, and 50 GFLOP/s for 2 x weights x positions, which is several times what a UNet or a VAE
/// does, since most of their weights see a smaller picture.
std::uint32_t time_to_compute_ms(std::uint64_t weights, std::uint64_t positions);

/// What all files below a folder hold, as far as it can be read: 0 when it is not there.
std::uint64_t bytes_below(const std::filesystem::path& folder);

}  // namespace compute
