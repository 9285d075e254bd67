#pragma once

#include <string>
#include <vector>

#include "flow/command/json.h"
#include "flow/command/render.h"
#include "schemas/status.h"

namespace flow::command {

/// A stage that another host shall bring, and that is not here, or not in the number that it shall
/// be. A value.
struct WaitedFor {
  std::string stage;
  std::size_t absent = 0;  ///< of its replicas
  std::size_t replicas = 0;
  std::string text;  ///< how one is started
};

std::vector<WaitedFor> waited_for(const schemas::Status& status);

/// ", waiting for far, trainer (1 of 2)"; "" when nothing is waited for.
std::string waiting_text(const std::vector<WaitedFor>& stages);
/// The names and how they are started, as an array.
Json json_of(const std::vector<WaitedFor>& stages);
/// A line for each: what is not here, and how it is started.
void note_waited_for(ProgressView& view, const std::vector<WaitedFor>& stages);

}  // namespace flow::command
