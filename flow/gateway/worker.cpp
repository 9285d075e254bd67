#include "flow/gateway/worker.h"

#include <algorithm>

namespace flow {
namespace {

constexpr double kNewestWeight = 0.3;  // of the latest work in the mean duration

}  // namespace

void note_done(Worker& worker, const Task& work, Time now) {
  const Time begun = std::max(work.sent, worker.last_done);
  const double took_ms = std::chrono::duration<double, std::milli>(now - begun).count();
  const bool first = worker.done++ == 0;
  worker.mean_ms = first ? took_ms : worker.mean_ms + kNewestWeight * (took_ms - worker.mean_ms);
  worker.last_done = now;
}

bool can_repeat(const Task& work) {
  const schemas::Header& header = work.packet.header;
  return header.seq == 0 && header.last && work.emitted == 0;
}

}  // namespace flow
