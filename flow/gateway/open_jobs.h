#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "executor/socket.h"
#include "flow/file/flow.h"
#include "flow/gateway/ledger.h"
#include "flow/gateway/rhythm.h"

namespace flow {

/// A stage that called for a job.
struct Asker {
  std::string peer;
  std::uint64_t id = 0;  ///< of its call
  std::string parent;    ///< the job that it works on; "" = a client asked
  std::uint64_t parent_epoch = 0;
  std::string root;  ///< the client's job that it comes from; "" = a client asked
};

/// An open job: what is needed beside its record in the ledger. A value.
struct OpenJob {
  std::string id;
  std::string owner;
  bool admin = false;            ///< an administrator asked for it
  const Route* route = nullptr;  ///< null: this flow has it no more
  bool durable = false;
  bool acknowledged = false;  ///< its clients were told that it is accepted
  std::uint64_t epoch = 0;    ///< of the attempt that runs, 0 = none
  std::uint64_t from_step = 0;
  Time started{};
  std::optional<Time> deadline;         ///< it fails then; a durable job has none
  Asker asker;                          ///< of a call
  executor::Packet request;             ///< until the job starts
  std::size_t request_bytes = 0;        ///< of a request with a key, and of a call
  std::size_t held_bytes = 0;           ///< of its request, see OpenJobs::hold()
  std::vector<std::uint64_t> next_seq;  ///< by hop; the last one counts the results
  std::vector<std::size_t> open;        ///< by hop: tasks waiting or in flight
  std::vector<Rhythm> rhythm;           ///< by hop
  /// (stage, peer); the peer is "" for one that a gateway before this one knew.
  std::set<std::pair<std::size_t, std::string>> took_part;
  std::set<std::string> children;         ///< open jobs that its stages have called for
  executor::Packet answer;                ///< of a call: its one message
  std::vector<executor::Packet> results;  ///< of a durable job: kept until its end is on disk
  std::size_t result_bytes = 0;

  bool is_call() const { return !asker.parent.empty(); }
  /// The client's job that it is for: itself, unless it is a call.
  const std::string& root() const { return is_call() ? asker.root : id; }
  /// At least 1 as long as there is a deadline: 0 stands for none.
  std::uint64_t time_left_ms(Time now) const;
};

/// The calls of one process that are open.
struct OpenCalls {
  std::size_t count = 0;
  std::size_t bytes = 0;  ///< of their requests
};

/// The jobs that were accepted and have not ended, those that stages called for among them. One
/// thread; pointers are valid until a job is added or taken.
class OpenJobs {
 public:
  /// `ledger` must outlive this.
  explicit OpenJobs(const Ledger& ledger) : ledger_(ledger) {}
  OpenJobs(const OpenJobs&) = delete;
  OpenJobs& operator=(const OpenJobs&) = delete;

  /// That of a call becomes a child of the job that its stage works on, until it is taken.
  OpenJob& add(OpenJob&& job);
  OpenJob take(const std::string& id);
  /// This process has so many bytes of the job's request in memory, until release() or take(). A
  /// job that is not open holds nothing.
  void hold(const std::string& id, std::size_t bytes);
  void release(OpenJob& job);
  /// What is held for the requests of an owner.
  std::size_t held_bytes_of(const std::string& owner) const;
  /// Nullptr when there is none.
  OpenJob* find(const std::string& id);
  const OpenJob* find(const std::string& id) const;
  /// The job whose present attempt is this one, or nullptr: what comes from an older one is
  /// refused.
  OpenJob* running(const std::string& id, std::uint64_t epoch);
  /// How the stage of this task has worked on its job; nullptr when that does not run.
  Rhythm* rhythm_of(const Task& task);

  /// Whether it waits for a stage until somebody has mended it: a durable job, and what it calls.
  bool outlasts(const OpenJob& job) const;
  /// Whether the process waits for this job, because it called for it or for one that did.
  bool waits_for(const std::string& peer, const std::string& id) const;

  /// Those that have failed, and of which stages still keep something: see Ledger::retry().
  std::vector<const JobRecord*> kept() const { return ledger_.kept(); }

  OpenCalls calls_of(const std::string& peer) const;
  std::size_t size() const { return jobs_.size(); }
  /// Without those that stages called for.
  std::size_t requests() const { return jobs_.size() - calls_; }
  auto begin() const { return jobs_.begin(); }
  auto end() const { return jobs_.end(); }

 private:
  const Ledger& ledger_;
  std::unordered_map<std::string, OpenJob> jobs_;
  std::map<std::string, std::size_t> held_bytes_;        // by owner, those that hold any
  std::unordered_map<std::string, OpenCalls> calls_of_;  // by process, only open ones
  std::size_t calls_ = 0;
};

}  // namespace flow
