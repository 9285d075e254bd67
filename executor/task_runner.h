#pragma once

#include <exception>
#include <string>
#include <vector>

#include "executor/plugin.h"
#include "executor/stage_link.h"
#include "executor/stage_outbox.h"
#include "executor/stream_order.h"

namespace executor {

/// Brings tasks to the executor, and says to the gateway what became of each. A part of the
/// StageMachine, used by its thread.
class TaskRunner {
 public:
  /// All must outlive this.
  TaskRunner(StagePort& port, StageLink& link, StreamOrder& order, const Plugin& plugin)
      : port_(port), link_(link), order_(order), plugin_(plugin) {}

  /// Takes out the next task, or the whole next batch, and processes it. There has to be one.
  void run_next(Executor& executor);

 private:
  void process(const Packet& task, Executor& executor);
  void process_batch(const std::vector<Packet>& tasks, Executor& executor);
  std::vector<Packet> gather_batch();
  // Whether there is anything to do for it; says what became of it when not.
  bool takes(const StageTask& task);
  void finish(const Packet& task, StageOutbox& outbox);  // of a batch
  void fail(const Packet& task, const std::exception& error);
  const Handler& handler_of(const std::string& type) const;

  StagePort& port_;
  StageLink& link_;
  StreamOrder& order_;
  const Plugin& plugin_;
};

}  // namespace executor
