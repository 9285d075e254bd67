#include "trainer/slow_work.h"

#include <string>

namespace trainer {
namespace {

constexpr std::uint64_t kWriteAtLeast_ms = 10'000;
constexpr std::uint64_t kSlowDisk_bytes_per_ms = 20'000;

}  // namespace

std::uint32_t time_to_write_ms(const TrainingJob& job) {
  return static_cast<std::uint32_t>(kWriteAtLeast_ms + job.bytes() / kSlowDisk_bytes_per_ms);
}

parcels::Carrier::Report report_to(executor::Outbox& out, std::int64_t total, std::int64_t step,
                                   std::int64_t checkpoint_step) {
  return [&out, total, step, checkpoint_step](const std::string& what, std::uint64_t done,
                                              std::uint64_t all) {
    schemas::Progress progress;
    progress.text =
        what + ": " + std::to_string(done >> 20) + " of " + std::to_string(all >> 20) + " MiB";
    progress.step = step;
    progress.total = total;
    progress.checkpoint_step = checkpoint_step;
    out.progress(progress);
  };
}

}  // namespace trainer
