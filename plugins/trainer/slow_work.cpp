#include "trainer/slow_work.h"

#include <string>

#include "compute/time_budget.h"

namespace trainer {

std::uint32_t time_of_a_step_ms(const TrainingJob& job) {
  const auto [channels, height, width] = job.latent_shape();
  // Of thing and category so many rows; backward is twice forward.
  const auto rows = 2 * *job.settings().train_batch_size;
  const auto positions = static_cast<std::uint64_t>(height * width * rows);
  return compute::time_to_compute_ms(3 * job.weights(), positions);
}

std::uint32_t time_to_write_ms(const TrainingJob& job) {
  return compute::time_to_move_ms(job.bytes());
}

store::TransferClient::Report report_to(executor::Outbox& out, std::int64_t total,
                                        std::int64_t step, std::int64_t checkpoint_step) {
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
