#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flow/access/guard.h"
#include "flow/file/flow.h"
#include "flow/gateway/absences.h"
#include "flow/gateway/admission.h"
#include "flow/gateway/bookkeeping.h"
#include "flow/gateway/call_replies.h"
#include "flow/gateway/capacity.h"
#include "flow/gateway/clients.h"
#include "flow/gateway/discretion.h"
#include "flow/gateway/estimates.h"
#include "flow/gateway/gateway_port.h"
#include "flow/gateway/job_desk.h"
#include "flow/gateway/job_opener.h"
#include "flow/gateway/open_jobs.h"
#include "flow/gateway/replicas.h"
#include "flow/gateway/route_runner.h"
#include "flow/gateway/stage_calls.h"
#include "flow/gateway/stage_queues.h"
#include "flow/gateway/stage_rights.h"
#include "flow/gateway/workforce.h"
#include "schemas/status.h"

namespace flow {

/// The middle of a flow: takes requests, carries each job along its route from stage to stage, and
/// answers. Knows no socket, process or clock: events come in by the on_... calls with the time,
/// packets go out through the port, and what must outlive the process goes into the journal. One
/// thread calls everything.
///
/// It is made of values that know little of each other; a request goes through them in this line:
///
///   on_packet -> Admission: who asks, may it, which route?
///             -> Capacity: is there room?
///             -> JobOpener, Bookkeeping.accept: the ledger decides, the journal commits
///             -> RouteRunner.perform(start): a task of the first stage
///             -> StageQueues: to a worker, when it is its turn
///             -> StageRights: may the stage answer so, or call (StageCalls)?
///             -> RouteRunner.emitted: a task of the next stage, and so on; the last one's answer
///             -> Bookkeeping.note(finish): committed with the results
///             -> RouteRunner.perform(end) -> Clients: results and end; the stages hear of it
///
/// Replicas says which processes a stage shall have, Workforce has those that are here; JobDesk
/// answers what is asked about jobs. docs/architecture.md has the picture.
class Gateway {
 public:
  /// `flow` and `journal` must outlive this; a swap changes `flow`. Takes up
  /// the jobs that the journal holds.
  Gateway(Flow& flow, GatewayPort port, Journal& journal);

  void on_packet(const std::string& peer, executor::Packet packet, Time now,
                 const access::Origin& origin = {});
  /// A peer sent bytes that are no packet; `id` is that of its header, 0 when even that is none.
  void on_garbage(const std::string& peer, std::uint64_t id, const std::string& why);
  /// A local stage's process ended; `text` says how. `again` = it will be started once more.
  void on_stage_died(std::size_t stage, std::uint32_t replica, const std::string& text, bool again);
  /// Looks for silent stages and for work that takes too long. Call every beat or so.
  void on_tick(Time now);
  /// This process was stopped, or its host asleep, for so long: what came meanwhile is still on its
  /// way in, and that time is no silence of others.
  void stood_still(std::chrono::milliseconds time);
  /// The journal has committed something.
  void on_committed() { settle(); }
  /// Keys, tokens or lists changed: whoever may come in no longer is cut off.
  void on_access_changed(Time now);
  /// When, after `now`, on_due() has something to do; nothing when nothing
  /// waits for a time.
  std::optional<Time> next_due(Time now) const { return queues_.next_due(now); }
  /// Requests and what they called, accepted and not yet ended.
  std::size_t open_jobs() const { return jobs_.size(); }
  /// Sends out what waited for company long enough.
  void on_due(Time now);
  /// The flow is about to stop in order: durable jobs stay as they are for the
  /// next start, and their clients hear so. What stages do from now on changes
  /// no durable job.
  void on_stopping();

  bool stop_asked() const { return stop_asked_; }
  /// Whether every executor has all its local replicas ready (remote ones may join later).
  bool all_ready() const;
  schemas::Status status() const;

  /// Tasks that a process is sent at once, however many it says that it takes; with batches two
  /// whole ones, if that is more.
  static constexpr std::uint64_t kMaxCredit = 64;

 private:
  // What clients send (gateway_clients.cpp).
  void on_client(const std::string& peer, executor::Packet packet, const access::Origin& origin);
  void on_request(const Watcher& watcher, executor::Packet packet, const access::Principal& who);
  void on_control(const Watcher& watcher, const executor::Packet& packet,
                  const access::Principal& who);
  void open_request(const Watcher& watcher, executor::Packet packet, const access::Principal& who,
                    bool durable);
  void retry(const Watcher& watcher, const JobRecord& record, const access::Principal& who);
  void check_clients();
  void recover();
  // What stages send (gateway_stages.cpp).
  void on_stage(std::size_t stage, const std::string& peer, executor::Packet packet);
  void on_failed(std::size_t stage, Worker& worker, const executor::Packet& packet);
  void on_emit(std::size_t stage, Worker& worker, executor::Packet&& packet);
  // Who may stay (gateway_access.cpp).
  void enforce_access();
  void end_streams();
  void put_in_force(const Watcher& watcher);

  /// Does what the books say is to be done, and sends out what can be: until nothing is left.
  void settle();

  Flow& flow_;
  GatewayPort port_;
  std::vector<std::string> elsewhere_;  // open jobs of other flows in this home folder
  Admission admission_;
  Bookkeeping books_;
  Discretion discretion_;
  Clients clients_;
  StageQueues queues_;
  std::vector<Replicas> replicas_;  // by stage
  OpenJobs jobs_;
  Estimates estimates_;
  CallReplies replies_;
  StageRights rights_;
  Capacity capacity_;
  JobDesk desk_;
  RouteRunner runner_;
  JobOpener opener_;
  StageCalls calls_;
  Workforce workforce_;
  Absences absences_;
  Time now_{};
  Time last_probe_{};
  bool stop_asked_ = false;
  bool stopping_ = false;
};

}  // namespace flow
