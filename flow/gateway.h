#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "flow/dispatch.h"
#include "flow/flow.h"
#include "flow/ledger.h"
#include "schemas/link.h"
#include "schemas/status.h"

namespace flow {

/// What the gateway asks of its surroundings.
struct GatewayPort {
  /// Hands a packet to a peer without waiting; false when it is gone or does not read.
  std::function<bool(const std::string& peer, const executor::Packet&)> send;
  /// Ends a local stage's process at once: it hangs.
  std::function<void(std::size_t stage, std::uint32_t replica)> kill;
};

/// The middle of a flow: takes requests, carries each job along its route from stage to stage, and
/// answers. Knows no socket, process or clock: events come in by the on_... calls with the time,
/// packets go out through the port. One thread calls everything.
///
/// A job's way: on_packet(request) -> ledger accepts -> Dispatch of the first stage -> emit ->
/// Dispatch of the next -> ... -> result to the client -> ended to the client and to every stage
/// that took part.
class Gateway {
 public:
  /// `flow` must outlive this.
  Gateway(const Flow& flow, GatewayPort port);

  void on_packet(const std::string& peer, executor::Packet packet, Time now);
  /// A peer sent bytes that are no packet; `id` is that of its header, 0 when even that is none.
  void on_garbage(const std::string& peer, std::uint64_t id, const std::string& why);
  /// A local stage's process ended; `text` says how. `again` = it will be started once more.
  void on_stage_died(std::size_t stage, std::uint32_t replica, const std::string& text, bool again);
  /// Looks for silent stages and for work that takes too long. Call every beat or so.
  void on_tick(Time now);

  bool stop_asked() const { return stop_asked_; }
  /// Whether every executor has all its local replicas ready (remote ones may join later).
  bool all_ready() const;
  schemas::Status status() const;

 private:
  /// Where a job's answer goes: a client's request, or a stage's call.
  struct Origin {
    std::string peer;
    std::uint64_t id = 0;
    std::string parent;  ///< job of the calling stage; empty for a client
  };
  struct Job {
    std::string id;
    std::string owner;
    const Route* route = nullptr;
    Origin origin;
    executor::Packet request;             ///< until the job starts
    std::vector<std::uint64_t> next_seq;  ///< by hop; the last one counts the results
    std::vector<std::size_t> open;        ///< by hop: works waiting or in flight
    std::set<std::pair<std::size_t, std::string>> took_part;  ///< (stage, peer)
    std::vector<std::string> children;                        ///< jobs made by calls
    executor::Packet answer;                                  ///< of a call: its one message
    schemas::Progress progress;
  };

  // From clients (gateway_requests.cpp).
  void on_peer_packet(const std::string& peer, executor::Packet packet);
  void on_request(const std::string& peer, executor::Packet packet);
  void on_cancel(const std::string& peer, const executor::Packet& packet);
  void on_hello(const std::string& peer, const executor::Packet& packet);
  void refuse(const std::string& peer, std::uint64_t id, schemas::Fault fault);
  const Route& check_request(const executor::Packet& packet) const;
  // From stages (gateway_work.cpp).
  void on_stage_packet(std::size_t stage, const std::string& peer, executor::Packet packet);
  void on_emit(std::size_t stage, Worker& worker, executor::Packet packet);
  void on_failed(std::size_t stage, Worker& worker, const executor::Packet& packet);
  void on_progress(std::size_t stage, const executor::Packet& packet);
  void on_call(const std::string& peer, executor::Packet packet);
  void enqueue(Job& job, std::size_t hop, std::uint64_t source, executor::Packet packet, bool last);
  void complete(Worker& worker, std::uint64_t work);
  void note_taken(const Job& job, const Work& work);
  void drain();
  void lose(std::size_t stage, const std::string& peer, const std::string& text);
  void check_silence(std::size_t stage);
  bool is_given_up(std::size_t stage) const;
  // Jobs (gateway_jobs.cpp).
  std::string open_job(const Route& route, executor::Packet request, Origin origin,
                       const std::string& owner);
  void start(Job& job);
  void answer(Job& job, const executor::Packet& packet);
  void tell_client(const Job& job, const executor::Packet& packet);
  void end(const JobAction& action);
  void tell_asker(const Job& job, const JobAction& action);
  void fail_later(const std::string& job, schemas::Fault fault);
  /// Brings all noted events to the ledger and does what it says, until nothing is left. The events
  /// are noted first because an end erases jobs that callers further up still hold.
  void settle();

  const Flow& flow_;
  GatewayPort port_;
  std::set<std::string> internal_;  // endpoints that stages call: a client asking them could name
                                    // another owner's version
  Ledger ledger_;
  std::vector<Dispatch> dispatch_;  // by stage
  std::map<std::string, std::size_t> stage_of_peer_;
  std::map<std::string, Job> jobs_;                             // open ones
  std::deque<schemas::JobStatus> recent_;                       // ended ones, newest last
  std::vector<JobEvent> later_;                                 // for settle()
  std::vector<std::map<std::uint32_t, std::string>> given_up_;  // by stage: replica -> why
  std::vector<std::string> start_fault_;  // by stage: why its executor could not be constructed
  std::vector<std::int64_t> restarts_;    // by stage
  std::uint64_t last_work_ = 0;
  Time now_{};
  bool stop_asked_ = false;
};

}  // namespace flow
