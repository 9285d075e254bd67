#pragma once

#include "flow/command/context.h"
#include "flow/command/render.h"
#include "schemas/finetune.h"

namespace flow::command {

/// Prints the estimate of `finetune --dry-run`: steps, pictures, memory and time on this machine.
/// Reads steps and sizes from the flow and its model; measures seconds and memory with a few
/// training steps and one drawing on the model. Returns the exit code. Throws executor::Error,
/// CallError.
int print_estimate(const Context& context, const Places& places, const schemas::Finetune& request,
                   std::size_t pictures, ProgressView& view);

}  // namespace flow::command
