#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "flow/client/client.h"

namespace flow::command {

/// A schedule of requests with fixed times.
struct LoadPlan {
  double rate_per_s = 1000;
  double seconds = 10;
  std::size_t connections = 8;  ///< the requests use them in turn
  std::size_t window = 0;       ///< most open requests, 0 = no limit
  std::string endpoint;
  schemas::Message request;

  std::size_t requests() const;
};

/// The outcome. Each of the `sent` requests is in exactly one of the four other counts.
struct LoadFigures {
  std::size_t sent = 0;
  std::size_t answered = 0;
  /// No job: the queue or the user's share is full, or the user may not ask.
  std::size_t refused = 0;
  std::size_t failed = 0;        ///< the job failed
  std::size_t lost = 0;          ///< no end arrived within kPatience_s after the last request
  double answered_per_s = 0;     ///< from the first scheduled time to the last answer
  std::vector<double> times_ms;  ///< of the answered requests, from their scheduled time
  /// Of each request, from its scheduled time to its sending: the client's part.
  std::vector<double> sent_late_ms;
  std::string first_fault;  ///< of a refused or failed request
};

inline constexpr double kPatience_s = 10;
inline constexpr std::size_t kMaxRequests = 20'000'000;
inline constexpr std::size_t kMaxConnections = 16'000;

/// Sends requests without waiting for answers (an open loop). While the server stalls, further
/// requests become due, and the wait of each counts from the time it was due. So a stall counts for
/// every request that was due during it, not just for one: there is no coordinated omission. Ends
/// early when interrupted. Uses this thread and one of libzmq. Throws CallError(unavailable) when
/// no gateway answers, and executor::Error when a connection cannot be made.
LoadFigures run_open_loop(const std::string& address, const Caller& caller, const LoadPlan& plan);

/// The value below which `share` of the values lie; 0 when there are none.
double quantile(std::vector<double> values, double share);

}  // namespace flow::command
