#pragma once

#include <string>
#include <vector>

#include "flow/gateway/bookkeeping.h"
#include "flow/gateway/call_replies.h"
#include "flow/gateway/clients.h"
#include "flow/gateway/estimates.h"
#include "flow/gateway/open_jobs.h"
#include "flow/gateway/replicas.h"
#include "flow/gateway/stage_queues.h"

namespace flow {

/// Carries open jobs along their routes: what the books say about a job becomes a task of its first
/// stage, what a stage emits becomes a task of the next, what the last one emits is the answer;
/// when nothing of the job is left it is done. What happens to a job on its way is noted in the
/// books. Uses what others keep, all of which must outlive this. One thread; sends without waiting.
class RouteRunner {
 public:
  RouteRunner(const Flow& flow, Clients::Send send, Bookkeeping& books, Clients& clients,
              CallReplies& replies, StageQueues& queues, const std::vector<Replicas>& replicas,
              OpenJobs& jobs, Estimates& estimates);

  /// Does what the books say is to be done.
  void perform(const JobAction& action, Time now);
  /// Sends out one load; false when its worker cannot be reached.
  bool deliver(std::size_t stage, const Dispatch::Load& load, Time now);

  /// A worker has a message for the next stage, or for whoever asked.
  void emitted(Worker& worker, executor::Packet&& packet, Time now);
  /// A worker is done with a task, well or not.
  void completed(Worker& worker, std::uint64_t task, Time now);
  /// A task cannot be done.
  void failed(const Task& task, schemas::Fault fault);
  void progressed(const Stage& stage, const executor::Packet& packet, Time now);
  /// A worker is gone, and what it had in hand with it. Call before it is removed.
  void lost(std::size_t stage, const Worker& worker, const std::string& text);
  /// No process of a stage is left: what needs it ends, unless it outlasts that.
  void give_up(std::size_t stage, const std::string& why);

  /// Fails what has no time left.
  void check_deadlines(Time now);
  /// Fails what a worker has had in hand for longer than its stage may.
  void check_timeouts(const Stage& stage, const Worker& worker, Time now);
  /// The flow stops in order: from now on nothing that stages do changes a durable job.
  void stop();

  /// What a durable job may answer with: it is kept until the end is on disk.
  static constexpr std::size_t kMaxResultBytes = std::size_t{256} * 1024 * 1024;

 private:
  void accepted(OpenJob& job);
  void start(OpenJob& job, std::uint64_t epoch, Time now);
  void interrupt(OpenJob& job, std::uint64_t epoch);
  void end(const JobRecord& record, Time now);
  void enqueue(OpenJob& job, std::size_t hop, std::uint64_t source, executor::Packet&& packet,
               bool last, Time now);
  void answer(OpenJob& job, const executor::Packet& packet);
  void tell_clients(const OpenJob& job, executor::Packet packet);
  void tell_asker(const OpenJob& job, const JobRecord& record);
  void tell_stages(const OpenJob& job, const schemas::Ended& ended, std::uint64_t epoch);
  void let_go(const JobRecord& record);
  void acknowledge(const OpenJob& job, const Task& task);
  bool lose_asker(const OpenJob& job, const JobRecord& record);
  bool needs(const OpenJob& job, std::size_t stage, const std::string& peer) const;
  void fail(const OpenJob& job, schemas::Fault fault);

  const Flow& flow_;
  Clients::Send send_;
  Bookkeeping& books_;
  Clients& clients_;
  CallReplies& replies_;
  StageQueues& queues_;
  const std::vector<Replicas>& replicas_;
  OpenJobs& jobs_;
  Estimates& estimates_;
  std::uint64_t last_task_ = 0;
  bool stopping_ = false;
};

}  // namespace flow
