#include "flow/gateway/stage_rights.h"

#include <algorithm>
#include <bit>

#include "flow/gateway/rate_limited.h"
#include "schemas/words.h"

namespace flow {
namespace {

using executor::Error;
using executor::Packet;
using schemas::quoted;

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool declares_call(const executor::Plugin& table, const schemas::Header& call) {
  return std::any_of(table.calls.begin(), table.calls.end(), [&](const executor::Call& each) {
    return each.endpoint == call.endpoint && each.sends == call.type;
  });
}

const executor::Handler* handler_of(const executor::Plugin& table, const std::string& type) {
  const auto found = std::find_if(table.handlers.begin(), table.handlers.end(),
                                  [&](const auto& handler) { return handler.accepts == type; });
  return found == table.handlers.end() ? nullptr : &*found;
}

// As the stage itself reckons (executor/stage_outbox.cpp), which knows of no later ack than this.
bool window_is_full(const Task& task) {
  const schemas::Header& window = task.packet.header;
  if (window.count == 0 || task.emitted == task.acked) return false;
  return task.emitted - task.acked >= window.count ||
         (window.bytes > 0 && task.emitted_bytes - task.acked_bytes >= window.bytes);
}

}  // namespace

const Route& StageRights::route_of(const Worker& worker, const OpenJob& job,
                                   const Packet& call) const {
  const schemas::Header& header = call.header;
  const Route* route = flow_.find_route(header.endpoint);
  if (route == nullptr || !declares_call(*worker.table, header) ||
      !holds(route->accepts, header.type)) {
    throw Error("forbidden",
                "plugin '" + worker.table->name + "' declares no call of " +
                    quoted(header.endpoint) + " with " + quoted(header.type),
                "name it among the calls of the plugin's table");
  }
  if (route->access == access::Access::admin && !job.admin) {
    throw Error("forbidden", route->endpoint + " is for administrators, and this job is of none",
                "let an administrator ask for the job");
  }
  check_credits(worker, job, executor::bytes_of(call));
  return *route;
}

void StageRights::check_credits(const Worker& worker, const OpenJob& job, std::size_t bytes) const {
  if (job.children.size() >= kMaxCallsOfJob) {
    throw RateLimited(std::to_string(kMaxCallsOfJob) + " calls of this job are open already",
                      kRetryRequest_s);
  }
  const auto open = jobs_.calls_of(worker.peer);
  if (open.count >= kMaxCallsOfProcess) {
    throw RateLimited(std::to_string(kMaxCallsOfProcess) + " calls of this process are open",
                      kRetryRequest_s);
  }
  if (bytes > kMaxCallBytes - std::min(open.bytes, kMaxCallBytes)) {
    throw RateLimited("the open calls of a process have at most " +
                          std::to_string(kMaxCallBytes >> 20) + " MiB together",
                      kRetryRequest_s);
  }
}

void StageRights::check_answer(const Worker& worker, const Task& task, const Packet& answer) const {
  const std::string& accepted = task.packet.header.type;
  const executor::Handler* handler = handler_of(*worker.table, accepted);
  const std::string plugin = "plugin '" + worker.table->name + "' ";
  const char* const hint = "the stage is broken, or taken over: see its log";
  if (handler == nullptr || !holds(handler->emits, answer.header.type)) {
    throw Error(
        "protocol",
        plugin + "declares no answer " + quoted(answer.header.type) + " to " + quoted(accepted),
        hint);
  }
  if (task.emitted > 0 && !handler->stream) {
    throw Error("protocol", plugin + "declares no stream in answer to " + quoted(accepted), hint);
  }
  if (window_is_full(task)) {
    throw Error("protocol", plugin + "sends more at once than the next stage has room for", hint);
  }
}

void StageRights::note_refused(Worker& worker, const std::string& what, const Error& why) const {
  const std::uint64_t times = ++worker.refusals;
  if (!std::has_single_bit(times)) return;
  const std::string count = times == 1 ? "" : " (time " + std::to_string(times) + ")";
  audit_.log("refused: " + what + ": " + why.what() + count);
  if (audit_.guard == nullptr) return;
  audit_.guard->note({.at_ms = audit_.wall_ms(),
                      .link = worker.origin.link,
                      .who = "",
                      .credential = worker.origin.key,
                      .what = what,
                      .refused = why.what() + count});
}

}  // namespace flow
