#pragma once

#include <cstdint>

#include "flow/gateway/dispatch.h"

namespace flow {

/// How a stage has worked on one job so far: what tells a long step from a hung one.
struct Rhythm {
  std::uint64_t done = 0;     ///< pieces of work
  std::uint32_t gap_ms = 0;   ///< longest silence
  std::uint32_t told_ms = 0;  ///< that the stage told to expect until its rhythm is known
};

/// A packet came from a worker. `rhythm` is that of the oldest work in its hands, nullptr when that
/// is of no job that runs. Call before `last_heard` is set.
void note_sign(Worker& worker, Rhythm* rhythm, Time now);

/// A beat tells of a silence that comes now, or (with a sequence number) of one in each piece of
/// the work that it names, whose rhythm is given. Anything else ends a silence.
void note_announced(Worker& worker, const schemas::Header& header, Rhythm* rhythm);

/// How long a worker may be silent in its first work of a job, when it says nothing else.
std::uint32_t usual_silence_ms(std::uint32_t lease_ms, const executor::Plugin& plugin);

/// How long a worker may be silent before it is taken for hung; `rhythm` as in note_sign().
std::uint32_t longest_silence_ms(const Flow& flow, const Stage& stage, const Worker& worker,
                                 const Rhythm* rhythm);

}  // namespace flow
