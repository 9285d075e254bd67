#include "flow/gateway/job_opener.h"

#include <algorithm>

#include "executor/fault_point.h"
#include "flow/gateway/job_key.h"

namespace flow {
namespace {

constexpr std::uint64_t kMaxDeadline_ms = 24ull * 60 * 60 * 1000;

}  // namespace

std::string JobOpener::open(const Route& route, executor::Packet request, const JobRights& rights,
                            bool durable, Asker asker, Time now) {
  executor::fault_point("gateway.request");
  JobRecord record{.id = port_.new_job_id()};
  auto serial = serial_key(route.serial, request.body.view(), route.endpoint, rights.owner);
  record.owner = rights.owner;
  record.admin = rights.admin;
  record.endpoint = route.endpoint;
  record.serial_key = std::move(serial.text);
  record.shared = serial.shared;
  record.key = request.header.key;
  record.call = !asker.parent.empty();
  record.durable = durable;
  if (!record.key.empty()) record.digest = digest(request);
  record.created_ms = port_.wall_ms();
  OpenJob job;
  job.id = record.id;
  job.owner = rights.owner;
  job.admin = rights.admin;
  job.route = &route;
  job.durable = durable;
  if (const auto left_ms = request.header.deadline_ms; left_ms > 0 && !durable) {
    job.deadline = now + std::chrono::milliseconds(std::min(left_ms, kMaxDeadline_ms));
  }
  job.asker = std::move(asker);
  if (!record.key.empty() || record.call) job.request_bytes = executor::bytes_of(request);
  job.request = std::move(request);
  const OpenJob& open = jobs_.add(std::move(job));
  books_.accept(std::move(record), open.request);
  return open.id;
}

OpenJob JobOpener::again(const JobRecord& record) const {
  OpenJob job;
  job.id = record.id;
  job.owner = record.owner;
  job.admin = record.admin;
  job.route = flow_.find_route(record.endpoint);
  job.durable = true;
  if (job.route == nullptr) return job;
  for (const auto stage : job.route->path) job.took_part.emplace(stage, "");
  return job;
}

}  // namespace flow
