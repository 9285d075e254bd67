#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "executor/socket.h"
#include "flow/file/flow.h"
#include "flow/gateway/open_jobs.h"

namespace flow {

/// Whether a job on this route may need the stage: its path leads there, or a stage of it calls a
/// route that does.
bool takes_part(const Flow& flow, const Route& route, std::size_t stage);

/// What a stage hears when it joins: the parameters of `as` (the stage, or what a swap makes of
/// it), and of the open jobs those in which it takes
/// part. `elsewhere` are jobs of other flows in the same home folder. They are told to stages that
/// may have kept something for them: all that share the folder, and on other hosts those that hear
/// how jobs end.
executor::Packet welcome_packet(const Flow& flow, std::size_t stage, const Stage& as,
                                const OpenJobs& jobs, const std::vector<std::string>& elsewhere);

}  // namespace flow
