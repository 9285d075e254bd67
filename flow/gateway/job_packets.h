#pragma once

#include <cstdint>
#include <string>

#include "executor/socket.h"
#include "schemas/link.h"

namespace flow {

/// "The job is over", to a client's request `id`, or to a stage: what it has of attempts up to
/// `epoch` is done with.
executor::Packet ended_packet(const std::string& job, std::uint64_t id, std::uint64_t epoch,
                              const schemas::Ended& ended);

/// A message of a job's answer; its `id` is that of the request, and set by who sends it.
executor::Packet result_packet(const std::string& job, std::uint64_t seq, bool last,
                               const executor::Packet& packet);

}  // namespace flow
