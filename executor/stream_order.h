#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "schemas/header.h"

namespace executor {

/// Holds the gateway to its word that the messages of one stream (a job and its place in the
/// route) come as seq 0, 1, 2, ... in each attempt. A value.
class StreamOrder {
 public:
  /// With `all`, jobs() names those of one message, too: of an executor that hears of their ends.
  explicit StreamOrder(bool all) : all_(all) {}

  /// Notes a task. Throws Error(protocol) when its message is not the next of its stream.
  void check(const schemas::Header& task);
  /// The job is over.
  void forget(const std::string& job) { jobs_.erase(job); }
  /// Those that had a task here and are not over.
  std::vector<std::string> jobs() const;

 private:
  struct Attempt {
    std::uint64_t epoch = 0;
    std::map<std::uint64_t, std::uint64_t> next_seq;  // by hop
  };
  bool all_;
  std::map<std::string, Attempt> jobs_;  // the latest attempt
};

}  // namespace executor
