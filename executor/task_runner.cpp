#include "executor/task_runner.h"

#include <deque>

#include "executor/fault_point.h"
#include "executor/stage_fault.h"
#include "schemas/codec_error.h"

namespace executor {

using schemas::Kind;

namespace {

// What cannot be read is the fault of whoever sent it: of a client, or of another stage.
bool is_of_the_stage_before(const schemas::Header& task, const std::exception& error) {
  const bool unread = dynamic_cast<const schemas::CodecError*>(&error) != nullptr;
  return unread && task.hop > 0 && std::string_view(error.what()).starts_with(task.type);
}

}  // namespace

void TaskRunner::run_next(Executor& executor) {
  link_.inbox().drop_replies();  // those that came after their caller had given up
  if (link_.inbox().next_is_batch()) return process_batch(gather_batch(), executor);
  const StageTask task = link_.inbox().next_task();
  if (takes(task)) process(task.packet, executor);
}

bool TaskRunner::takes(const StageTask& task) {
  const schemas::Header& header = task.packet.header;
  // Not done: whoever comes next does it.
  if (link_.is_void()) return false;
  if (task.is_over || link_.is_over(header.job, header.epoch)) {
    link_.send({header_about(header, Kind::done), {}, {}});
    return false;
  }
  if (link_.is_late(task)) {
    fail(task.packet, Error("timeout", "the deadline of the request passed while it waited",
                            "give it more time, or ask when the server is less busy"));
    return false;
  }
  if (task.lost) fail(task.packet, Error("internal", task.lost->what()));
  return !task.lost;
}

void TaskRunner::process(const Packet& task, Executor& executor) {
  try {
    order_.check(task.header);
    StageOutbox outbox(link_, plugin_, handler_of(task.header.type), task);
    fault_point("stage.work");
    executor.process(message_of(task), outbox);
    outbox.finish();
    fault_point("stage.finished");
  } catch (const std::exception& error) {
    fail(task, error);
  }
}

// The tasks of a batch follow each other at once; what is over or late is left out.
std::vector<Packet> TaskRunner::gather_batch() {
  std::vector<Packet> tasks;
  bool more = true;
  while (more && !link_.is_void()) {
    if (!link_.inbox().has_task()) {
      link_.wait();
      link_.beat();
      continue;
    }
    StageTask task = link_.inbox().next_task();
    more = task.packet.header.batch > 0;
    if (takes(task)) tasks.push_back(std::move(task.packet));
  }
  return tasks;
}

void TaskRunner::process_batch(const std::vector<Packet>& tasks, Executor& executor) {
  if (tasks.empty() || link_.is_void()) return;
  std::deque<StageOutbox> outboxes;
  std::deque<schemas::Message> messages;
  std::vector<BatchItem> items;
  try {
    for (const auto& task : tasks) {
      order_.check(task.header);
      outboxes.emplace_back(link_, plugin_, handler_of(task.header.type), task, true);
      messages.push_back(message_of(task));
      items.push_back({messages.back(), outboxes.back()});
    }
    executor.process_batch(items);
  } catch (const std::exception& error) {
    for (const auto& task : tasks) fail(task, error);
    return;
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) finish(tasks[i], outboxes[i]);
}

void TaskRunner::finish(const Packet& task, StageOutbox& outbox) {
  try {
    outbox.finish();
  } catch (const std::exception& error) {
    fail(task, error);
  }
}

void TaskRunner::fail(const Packet& task, const std::exception& error) {
  // Broken off because this stage ends, or the gateway did: not the task's fault, so not its
  // failure.
  if (link_.is_void() && dynamic_cast<const Cancelled*>(&error) != nullptr) return;
  port_.log("job " + task.header.job + ": " + error.what());
  schemas::Header header = header_about(task.header, Kind::failed);
  schemas::Fault fault = fault_of(error);
  if (is_of_the_stage_before(task.header, error)) {
    header.count = 1;
    fault.code = "protocol";
    fault.hint = "that stage is broken, or of another version: see its log, and schemas/wire.md";
  }
  link_.send(packet_of(header, schemas::Message::of(fault)));
}

const Handler& TaskRunner::handler_of(const std::string& type) const {
  for (const auto& handler : plugin_.handlers) {
    if (handler.accepts == type) return handler;
  }
  throw Error("bad_input", "does not accept messages of type '" + type + "'");
}

}  // namespace executor
