#include "flow/gateway/capacity.h"

#include <algorithm>

#include "flow/gateway/rate_limited.h"

namespace flow {
namespace {

constexpr double kRetryJob_s = 60;  // with too many jobs, when nothing better is known

}  // namespace

// One message always finds room.
bool Capacity::is_full(std::size_t stage, std::size_t more) const {
  const Dispatch& queue = queues_[stage];
  const Stage& config = flow_.stages[stage];
  const std::size_t bytes = queue.waiting_bytes() + more;
  if (bytes > kMaxWaitingBytes) return true;
  if (config.when_full != WhenFull::reject) return false;
  return queue.waiting() >= config.queue_items ||
         (bytes > config.queue_bytes && queue.waiting() > 0);
}

void Capacity::check_queues(const Route& route, std::size_t bytes) const {
  for (const std::size_t stage : route.path) {
    if (!is_full(stage, stage == route.path.front() ? bytes : 0)) continue;
    throw RateLimited("the queue of '" + flow_.stages[stage].name + "' is full", kRetryRequest_s);
  }
}

void Capacity::check_jobs_of(const std::string& owner, Time now) const {
  std::size_t jobs = 0;
  std::optional<double> first_end_s;
  for (const auto& [id, job] : jobs_) {
    if (job.owner != owner || job.route == nullptr || !job.route->durable) continue;
    ++jobs;
    const JobRecord* record = books_.ledger().find(id);
    if (record == nullptr) continue;
    const auto eta = estimates_.eta_s(*record, jobs_, books_.ledger(), now);
    if (eta && (!first_end_s || *eta < *first_end_s)) first_end_s = eta;
  }
  if (jobs < flow_.jobs_per_user) return;
  throw RateLimited("you have " + std::to_string(jobs) + " jobs open, the most that one user may",
                    std::max(kRetryRequest_s, first_end_s.value_or(kRetryJob_s)));
}

void Capacity::check(const Route& route, const executor::Packet& request, bool durable,
                     Time now) const {
  const std::string& owner = request.header.owner;
  if (jobs_.size() >= kMaxOpenJobs) {
    throw RateLimited(std::to_string(kMaxOpenJobs) + " jobs are open, the most that a flow may",
                      kRetryRequest_s);
  }
  check_queues(route, executor::bytes_of(request));
  clients_.check_requests(owner, flow_.requests_per_user);
  if (const auto trouble = durable ? books_.journal().trouble() : ""; !trouble.empty()) {
    throw executor::Error("unavailable", "jobs cannot be written down: " + trouble,
                          "make room on the server's disk");
  }
  if (route.durable) check_jobs_of(owner, now);
}

}  // namespace flow
