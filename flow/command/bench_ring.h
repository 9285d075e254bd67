#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace flow::command {

/// The least that a flow of three stages could cost: one bare ROUTER process on an ipc socket and
/// three DEALER processes that send back what they get; a call is eight messages, as many as one
/// through a gateway and three stages. Returns the milliseconds of `calls` calls, one after the
/// other.
std::vector<double> time_ring(const std::filesystem::path& folder, std::size_t calls,
                              std::size_t blob_bytes);

/// One process of the ring: `part` is "router", or the name of an echo. Runs until it is ended.
int run_ring_node(const std::string& part, const std::string& address);

}  // namespace flow::command
