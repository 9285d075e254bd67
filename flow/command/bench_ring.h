#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace flow::command {

/// Measures the lower bound for a flow of three stages: one bare ROUTER process on an ipc socket
/// and three DEALER processes that send back what they get. A call is eight messages, the same
/// number as through a gateway and three stages. Returns the milliseconds of each of `calls` calls,
/// one after another.
std::vector<double> time_ring(const std::filesystem::path& folder, std::size_t calls,
                              std::size_t blob_bytes);

/// Runs one process of the ring until it is killed. `part` is "router" or the name of an echo.
int run_ring_node(const std::string& part, const std::string& address);

}  // namespace flow::command
