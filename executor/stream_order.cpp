#include "executor/stream_order.h"

#include "executor/error.h"

namespace executor {

void StreamOrder::check(const schemas::Header& task) {
  const bool is_single = task.seq == 0 && task.last;
  if (is_single && !all_) return;
  Attempt& attempt = jobs_[task.job];
  if (task.epoch > attempt.epoch) attempt = {task.epoch, {}};
  if (is_single) return;
  std::uint64_t& next = attempt.next_seq[task.hop];
  if (task.seq != next) {
    throw Error("protocol", "got message " + std::to_string(task.seq) + " of a stream, expected " +
                                std::to_string(next));
  }
  ++next;
}

std::vector<std::string> StreamOrder::jobs() const {
  std::vector<std::string> names;
  for (const auto& [job, attempt] : jobs_) names.push_back(job);
  return names;
}

}  // namespace executor
