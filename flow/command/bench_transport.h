#pragma once

#include <cstddef>

#include "flow/command/render.h"

namespace flow::command {

/// The cost of a flow whose three executors do nothing.
struct TransportFigures {
  double start_s = 0;  ///< from the start of the first process until all are ready
  double p50_ms = 0;   ///< of calls made one after another
  double p99_ms = 0;
  double min_ms = 0;
  double streamed_req_s = 0;  ///< with kWindow open requests
  double pss_MiB_total = 0;   ///< of all processes; a shared page counts in equal parts
  std::size_t processes = 0;
  double stop_s = 0;
  double ring_p50_ms = 0;  ///< of the bare ring (bench_ring.h) in the same run
};

inline constexpr std::size_t kWindow = 64;
/// A streamed request takes a tenth of a call's time, so this factor makes both parts equally long.
inline constexpr std::size_t kStreamedPerCall = 10;

/// Starts a private server with three `pass` executors and measures `calls` calls with a blob of
/// `blob_bytes` (0 = none). Throws executor::Error, CallError.
TransportFigures measure_transport(std::size_t calls, std::size_t blob_bytes, ProgressView& view);

}  // namespace flow::command
