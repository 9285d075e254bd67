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

void Capacity::check_open_jobs(const access::Principal& who) const {
  constexpr std::size_t kForUsers = kMaxOpenJobs - kForAdministrators;
  constexpr std::size_t kForAll = kForUsers - kForNewOwners;
  const std::size_t open = jobs_.requests();
  if (who.is_admin() && open < kMaxOpenJobs) return;
  if (open < kForAll || (open < kForUsers && clients_.requests_of(who.name) == 0)) return;
  throw RateLimited(std::to_string(open) + " jobs are open, the most " +
                        (open >= kMaxOpenJobs ? "that a flow may"
                         : open >= kForUsers  ? "but for administrators"
                                              : "but for those who have none"),
                    kRetryRequest_s);
}

void Capacity::check_bytes_of(const std::string& owner, std::size_t more) const {
  constexpr std::size_t kMiB = 1024 * 1024;
  const std::string most = std::to_string(kMaxRequestBytes / kMiB) + " MiB";
  const auto mib = [](std::size_t bytes) { return std::to_string((bytes + kMiB - 1) / kMiB); };
  if (more > kMaxRequestBytes) {
    throw executor::Error("bad_input",
                          "the request has " + mib(more) + " MiB; one user may have " + most +
                              " of requests under way",
                          "send fewer or smaller pictures");
  }
  const std::size_t held = jobs_.held_bytes_of(owner);
  if (held + more <= kMaxRequestBytes) return;
  throw RateLimited("you have " + mib(held) + " MiB of requests under way, and this one has " +
                        mib(more) + "; one user may have " + most,
                    kRetryRequest_s, "try again when one of yours has begun, or send less");
}

void Capacity::check(const Route& route, const executor::Packet& request,
                     const access::Principal& who, bool durable, Time now) const {
  const std::string& owner = request.header.owner;
  const std::size_t bytes = executor::bytes_of(request);
  check_open_jobs(who);
  check_bytes_of(owner, bytes);
  check_queues(route, bytes);
  clients_.check_requests(owner, flow_.requests_per_user);
  if (const auto trouble = durable ? books_.journal().trouble() : ""; !trouble.empty()) {
    throw executor::Error("unavailable", "jobs cannot be written down: " + trouble,
                          "make room on the server's disk");
  }
  if (route.durable) check_jobs_of(owner, now);
}

}  // namespace flow
