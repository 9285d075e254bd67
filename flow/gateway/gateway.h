#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "executor/error.h"
#include "flow/access/guard.h"
#include "flow/file/flow.h"
#include "flow/gateway/bookkeeping.h"
#include "flow/gateway/clients.h"
#include "flow/gateway/job_key.h"
#include "flow/gateway/replicas.h"
#include "flow/gateway/stage_queues.h"
#include "schemas/access.h"
#include "schemas/jobs.h"
#include "schemas/link.h"
#include "schemas/status.h"

namespace flow {

/// What the gateway asks of its surroundings.
struct GatewayPort {
  /// Hands a packet to a peer without waiting; false when it is gone or does not read.
  Clients::Send send;
  /// Ends a local stage's process at once: it hangs.
  std::function<void(std::size_t stage, std::uint32_t replica)> kill;
  /// Unix time in ms, for what people read; nothing is decided by it.
  std::function<std::int64_t()> wall_ms = [] { return std::int64_t{0}; };
  /// An id that no job had before.
  std::function<std::string()> new_job_id = flow::new_job_id;
  /// Who may ask what; null: all is open, and a request's own word names its
  /// owner. Outlives this.
  access::Guard* guard = nullptr;
  /// Starts one more process of a stage, with this plugin. Throws
  /// executor::Error.
  std::function<void(std::size_t stage, std::uint32_t replica,
                     const std::filesystem::path& library)>
      start;
  /// Asks a process to end in order; it is not started again.
  std::function<void(std::size_t stage, std::uint32_t replica)> retire;
  /// Finds and describes a plugin, as when the flow was read. Throws
  /// executor::Error.
  std::function<std::pair<std::filesystem::path, executor::Plugin>(const std::string& run)> find;
  /// Asked before `scale` and `swap` start processes; while a swap lasts both plugins count.
  CheckGpuMemory check_gpu_memory = [](const Flow&) {};
  /// As send, to a client; `unread` counts what it leaves unread. Without it: send.
  Clients::Tell tell;
};

/// The middle of a flow: takes requests, carries each job along its route from stage to stage, and
/// answers. Knows no socket, process or clock: events come in by the on_... calls with the time,
/// packets go out through the port, and what must outlive the process goes into the journal. One
/// thread calls everything.
///
/// A job's way: on_packet(request) -> admit: who asks, and may it? -> ledger accepts -> Dispatch of
/// the first stage -> emit -> Dispatch of the next -> ... -> result to the client -> ended to the
/// client and to every stage that took part. What the ledger says about a durable job is done only
/// once the journal has committed it.
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
  void on_committed();
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

  /// Jobs that may be open at once: memory stays bounded when clients send faster than stages work.
  static constexpr std::size_t kMaxOpenJobs = 4096;
  /// What may wait for one stage, whatever the flow file says.
  static constexpr std::size_t kMaxWaitingBytes = std::size_t{2} * 1024 * 1024 * 1024;
  /// What a durable job may answer with: it is kept until the end is on disk.
  static constexpr std::size_t kMaxResultBytes = std::size_t{256} * 1024 * 1024;
  /// Of an owner's name, and of an idempotency key.
  static constexpr std::size_t kMaxOwnerBytes = 256;
  static constexpr std::size_t kMaxKeyBytes = 128;

 private:
  /// A stage that called for a job.
  struct Asker {
    std::string peer;
    std::uint64_t id = 0;  ///< of its call
    std::string parent;    ///< the job it tasks on
    std::uint64_t parent_epoch = 0;
  };
  /// How a stage has worked on one job so far: what tells a long step from a hung one.
  struct Rhythm {
    std::uint64_t done = 0;     ///< pieces of work
    std::uint32_t gap_ms = 0;   ///< longest silence
    std::uint32_t told_ms = 0;  ///< that the stage told to expect until its rhythm is known
  };
  /// An open job: what is needed beside its record in the ledger.
  struct Job {
    std::string id;
    std::string owner;
    const Route* route = nullptr;  ///< null: this flow has it no more
    bool durable = false;
    bool acknowledged = false;  ///< its watchers were told that it is accepted
    std::uint64_t epoch = 0;    ///< of the attempt that runs, 0 = none
    std::uint64_t from_step = 0;
    Time started{};
    std::optional<Time> deadline;         ///< it fails then; a durable job has none
    Asker asker;                          ///< of a call, else without parent
    executor::Packet request;             ///< until the job starts
    std::size_t request_bytes = 0;        ///< of a request with a key
    std::vector<std::uint64_t> next_seq;  ///< by hop; the last one counts the results
    std::vector<std::size_t> open;        ///< by hop: tasks waiting or in flight
    std::vector<Rhythm> rhythm;           ///< by hop
    std::set<std::pair<std::size_t, std::string>> took_part;  ///< (stage, peer)
    std::vector<std::string> children;                        ///< jobs made by calls
    executor::Packet answer;                                  ///< of a call: its one message
    std::vector<executor::Packet> results;  ///< of a durable job: kept until its end is on disk
    std::size_t result_bytes = 0;
  };

  // From clients (gateway_requests.cpp).
  void on_peer_packet(const std::string& peer, executor::Packet packet,
                      const access::Origin& origin);
  void on_request(const std::string& peer, executor::Packet packet);
  void on_cancel(const std::string& peer, const executor::Packet& packet);
  void on_hello(const std::string& peer, const executor::Packet& packet,
                const access::Origin& origin);
  void welcome(std::size_t stage, const std::string& peer);
  const Route& check_request(const executor::Packet& packet) const;
  bool is_full(std::size_t stage, std::size_t more) const;
  void check_limits(const Route& route, const executor::Packet& packet, bool durable) const;
  bool is_resent(const std::string& job, const Watcher& watcher, std::size_t bytes) const;
  bool attach_by_key(const Watcher& watcher, const executor::Packet& packet);
  // Who asks (gateway_access.cpp).
  access::Access access_to(const schemas::Header& header) const;
  access::Principal admit(const access::Origin& origin, const executor::Packet& packet);
  void admit_stage(const access::Origin& origin, const std::string& name);
  bool administer(const std::string& peer, const executor::Packet& packet);
  std::size_t set_users(const std::vector<std::string>& addresses);
  std::size_t set_api_keys(const schemas::ApiKeyList& list);
  schemas::Status status_for(const access::Principal& who) const;
  // About jobs (gateway_control.cpp).
  void on_control(const std::string& peer, const executor::Packet& packet,
                  const access::Principal& who, const access::Origin& origin);
  bool may_touch(const access::Principal& who, const JobRecord& record) const;
  void control(const schemas::Control& asked, const std::string& owner,
               const access::Principal& who, const Watcher& watcher);
  void attach(const JobRecord& record, const Watcher& watcher);
  void try_again(const JobRecord& record, const Watcher& watcher);
  void refuse_pause(const JobRecord& record) const;
  void report(const std::vector<const JobRecord*>& records, bool history, const Watcher& watcher);
  schemas::JobStatus status_of(const JobRecord& record) const;
  std::optional<double> eta_s(const JobRecord& record) const;
  // From stages (gateway_work.cpp).
  void on_stage_packet(std::size_t stage, const std::string& peer, executor::Packet packet);
  void on_emit(Worker& worker, executor::Packet packet);
  void on_failed(std::size_t stage, Worker& worker, const executor::Packet& packet);
  void on_progress(std::size_t stage, const executor::Packet& packet);
  void on_call(const std::string& peer, executor::Packet packet);
  void enqueue(Job& job, std::size_t hop, std::uint64_t source, executor::Packet packet, bool last);
  void complete(Worker& worker, std::uint64_t work);
  void note_acked(const Job& job, const Task& work);
  void drain();
  bool deliver(std::size_t stage, const Dispatch::Load& load);
  bool waits_for(const std::string& peer, const std::string& job) const;
  std::uint64_t time_left_ms(const Job& job) const;
  void lose(std::size_t stage, const std::string& peer, const std::string& text);
  bool outlasts(const Job& job) const;
  // What takes too long (gateway_watch.cpp).
  void note_gap(Worker& worker);
  void note_announced(Worker& worker, const schemas::Header& header);
  void check_silence(std::size_t stage);
  void check_connections(std::size_t stage);
  void check_deadlines();
  std::uint32_t longest_silence_ms(const Stage& stage, const Worker& worker);
  // Processes that come and go (gateway_replicas.cpp).
  void steer(const schemas::Control& asked, const Watcher& watcher);
  void check_gpu_memory(std::size_t stage, std::size_t more) const;
  void follow(std::size_t stage, const Replicas::Actions& actions);
  void give_up(std::size_t stage, const std::string& why);
  Replicas::Start starter(std::size_t stage) const;
  // Jobs (gateway_jobs.cpp).
  std::string open_job(const Route& route, executor::Packet request, const std::string& owner,
                       Asker asker, const Watcher& watcher, bool durable = false);
  /// The job whose present attempt is this one, or nullptr: what comes from an older one is
  /// refused.
  Job* running(const std::string& job, std::uint64_t epoch);
  void recover();
  void start(Job& job, const JobAction& action);
  void interrupt(const JobAction& action);
  void accepted(Job& job);
  void answer(Job& job, const executor::Packet& packet);
  void tell_watchers(Job& job, executor::Packet packet);
  void end(const JobAction& action);
  bool lose_asker(const Job& job, const JobRecord& record);
  void tell_asker(const Job& job, const JobRecord& record);
  void tell_stages(const Job& job, const schemas::Ended& ended);
  void fail(const Job& job, schemas::Fault fault);
  /// Does what the books say is to be done, until nothing is left.
  void settle();
  void perform(const JobAction& action);

  Flow& flow_;
  GatewayPort port_;
  std::set<std::string> internal_;  // endpoints that stages call: a client asking them could name
                                    // another owner's version
  std::vector<std::string> elsewhere_;  // open jobs of other flows in this home folder
  Bookkeeping books_;
  Clients clients_;
  StageQueues queues_;
  std::vector<Replicas> replicas_;             // by stage
  std::unordered_map<std::string, Job> jobs_;  // open ones
  std::map<std::string, double> mean_s_;       // endpoint -> how long its jobs took lately
  Time last_probe_{};
  std::uint64_t last_work_ = 0;
  Time now_{};
  bool stop_asked_ = false;
  bool stopping_ = false;
};

}  // namespace flow
