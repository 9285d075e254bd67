#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "flow/client/client.h"

namespace flow::command {

/// Requests at times that are fixed beforehand.
struct LoadPlan {
  double rate_per_s = 1000;
  double seconds = 10;
  std::size_t connections = 8;  ///< requests take turns on them
  std::size_t window = 0;       ///< most requests under way, 0 = any number
  std::string endpoint;
  schemas::Message request;

  std::size_t requests() const;
};

/// What became of them; all of `sent` are in one of the four other counts.
struct LoadFigures {
  std::size_t sent = 0;
  std::size_t answered = 0;
  std::size_t refused = 0;  ///< no job: the queue or the user's share is full, or it may not ask
  std::size_t failed = 0;   ///< a job that did not end well
  std::size_t lost = 0;  ///< nothing was heard of their end within kPatience_s after the last one
  double answered_per_s = 0;         ///< from the first scheduled moment to the last answer
  std::vector<double> times_ms;      ///< of the answered ones, from their scheduled moment
  std::vector<double> sent_late_ms;  ///< of each: from its moment to its sending, this side's part
  std::string first_fault;           ///< of a refused or failed one
};

inline constexpr double kPatience_s = 10;
inline constexpr std::size_t kMaxRequests = 20'000'000;
inline constexpr std::size_t kMaxConnections = 16'000;

/// Asks without waiting for answers (an open loop): when the server stalls, requests go on becoming
/// due, and the wait of each counts from the moment when it was due. So a pause is seen by all who
/// would have asked meanwhile, not by one: there is no coordinated omission. Ends early when
/// interrupted. Uses this thread and one of libzmq. Throws CallError(unavailable) when no gateway
/// answers, executor::Error when a connection cannot be made.
LoadFigures run_open_loop(const std::string& address, const Caller& caller, const LoadPlan& plan);

/// The value below which `share` of the values lie; 0 of none.
double quantile(std::vector<double> values, double share);

}  // namespace flow::command
