#pragma once

#include "flow/command/context.h"

namespace flow::command {

/// Adds `bench load`, which sends requests to a running server at a fixed rate (open_loop.h).
void add_bench_load(App& bench, Context& context);

}  // namespace flow::command
