#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "flow/file/flow.h"

namespace flow {

/// One stage that may wait until another stage has processed or answered a message.
struct Wait {
  std::size_t from = 0;  ///< index into Flow::stages
  std::size_t to = 0;
  std::string why;  ///< "'sampler' calls '/prior', which runs 'encoder'"
};

/// All waits of a flow whose routes were checked. A waits for B when
/// - A calls a route whose path contains B, or
/// - A sends a stream to B, or passes one on: send() waits while B's window is full.
/// A single message waits in the gateway and delays nobody.
std::vector<Wait> find_waits(const std::vector<Stage>& stages, const std::vector<Route>& routes);

/// The waits of a shortest circle, each beginning where the one before ends; empty when there is
/// none. A stage processes with one thread, so a circle can deadlock.
std::vector<Wait> find_circle(std::size_t stages, const std::vector<Wait>& waits);

/// Throws executor::Error(bad_config) with the circle, "sampler -> encoder -> sampler", and why
/// each stage waits, at the place of its first stage.
void check_waits(const Flow& flow);

}  // namespace flow
