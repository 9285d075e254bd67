#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "flow/gateway/job_record.h"

namespace flow {

/// Something that happened to a job.
struct JobEvent {
  enum class Type {
    finish,  ///< its last work is done
    fail,    ///< a stage said that it cannot be done
    lose,    ///< who had it in hand is gone: try again, when it is durable
    cancel,
    pause,
    resume,
  } type;
  std::string job;
  schemas::Fault fault = {};    ///< of fail, lose and cancel
  std::uint64_t epoch = 0;      ///< the attempt that it is about; 0 = the present one
  std::string who = "gateway";  ///< for the history: an owner, a stage
  std::int64_t at_ms = 0;       ///< Unix time
  bool to_blame = true;         ///< of lose: whether the job's own work may be what broke the stage
};

/// What the gateway has to do about it, in this order. Those of one step take effect together:
/// all of them after what `save` and `forget` name is on disk, but `stop`, which need not wait.
struct JobAction {
  enum class Type {
    save,      ///< the job's record has changed; `what` and `text` go into its history, unless
               ///< `what` is empty
    forget,    ///< drop all that is kept of an ended job
    accepted,  ///< tell who asked
    stop,      ///< the attempt `epoch` is over, the job is not
    start,     ///< begin the attempt `epoch`
    end,       ///< the job is over
    let_go,    ///< nothing is kept any longer of one that had failed; its stages have to hear so
  } type;
  std::string job;
  std::uint64_t epoch = 0;
  JobState outcome = JobState::running;  ///< of end: done, failed or cancelled
  std::string what = {};
  std::string text = {};
  /// Of end and let_go: the job as it ended. The ledger may forget it before the action is done.
  std::shared_ptr<const JobRecord> ended = {};
};

/// Who owns a job's fate: a pure state machine without clock, socket or disk.
///
/// Promises: a job that was accepted ends exactly once; an event about a job that has ended, was
/// never accepted, or about another attempt than the present one changes nothing; epochs only rise;
/// of the jobs with one serial key at most one runs, in order of arrival (a paused one that had
/// begun keeps its turn, because what it made depends on what was there then); a durable job is
/// given up after kMaxAttempts losses in a row without a new checkpoint between them; one that
/// fails beside a checkpoint is kept for retry(), until another job of its serial key begins (what
/// it made depends on what was there then), or kMostKept have failed since. Used by the gateway's
/// thread alone.
class Ledger {
 public:
  using Actions = std::vector<JobAction>;

  Actions accept(JobRecord record);
  Actions step(const JobEvent& event);
  /// Notes how far a job is. A `save` only when a new checkpoint lies on disk.
  Actions progress(const std::string& job, std::uint64_t epoch, const schemas::Progress& progress);

  /// Opens a kept job again: it goes on from its checkpoint. Nothing for any other.
  Actions retry(const std::string& job);
  /// The jobs that are kept for that, the oldest first.
  std::vector<const JobRecord*> kept() const;

  /// Forgets durable jobs that ended before that Unix time.
  Actions expire(std::int64_t before_ms);

  /// After a restart: what the journal holds. Running jobs begin a new epoch (no new attempt: they
  /// are not to blame), queued and paused ones wait on. Call once, first of all.
  Actions restore(std::vector<JobRecord> records);

  /// Nullptr for a job that is not among the kept ones. Valid until the next change.
  const JobRecord* find(const std::string& job) const;
  const JobRecord* find_key(const std::string& owner, const std::string& key) const;
  bool is_open(const std::string& job) const;
  bool is_running(const std::string& job, std::uint64_t epoch) const;
  /// The jobs before this one in its serial queue, the next to end first.
  std::vector<std::string> before(const std::string& job) const;
  /// The open jobs and the latest ended ones, at most that many of each kind, in order of arrival;
  /// calls are left out.
  std::vector<const JobRecord*> lately(std::size_t ended) const;

  /// Attempts of a durable job that get no further, the first included.
  static constexpr std::uint32_t kMaxAttempts = 3;
  /// Lines of why attempts ended that a record keeps; its history has all.
  static constexpr std::size_t kMaxReasons = 8;
  /// Ended jobs that are remembered, durable ones and others; older ones are forgotten, of the
  /// durable ones those of the owner who has the most.
  static constexpr std::size_t kKeptDurable = 4096;
  static constexpr std::size_t kKeptOthers = 256;
  static constexpr std::size_t kKeptCalls = 16;
  /// Failed jobs that can be retried from their checkpoints, which have gigabytes.
  static constexpr std::size_t kMostKept = 2;

 private:
  void begin(JobRecord& job, Actions& actions);
  void advance(const std::string& serial_key, Actions& actions);
  void lose(JobRecord& job, const JobEvent& event, Actions& actions);
  void pause(JobRecord& job, const JobEvent& event, Actions& actions);
  void resume(JobRecord& job, Actions& actions);
  void end(JobRecord& job, const JobEvent& event, JobState outcome, Actions& actions);
  void remember(const JobRecord& job, Actions& actions);
  // What is kept for a retry (ledger_kept.cpp).
  void keep(const JobRecord& job, Actions& actions);
  void let_go(std::string job, const std::string& why, Actions& actions);
  void let_go_before(const JobRecord& begins, Actions& actions);
  void remember_durable(const JobRecord& job, Actions& actions);
  void forget_durable(std::deque<std::string>& ended, Actions& actions);
  void forget_oldest(std::deque<std::string>& ended, Actions& actions);

  std::unordered_map<std::string, JobRecord> jobs_;
  std::map<std::string, std::deque<std::string>> serial_;  // key -> open jobs in order of arrival
  std::map<std::pair<std::string, std::string>, std::string> by_key_;  // (owner, key) -> job
  std::map<std::string, std::deque<std::string>> ended_durable_;       // by owner, oldest first
  std::size_t ended_durable_count_ = 0;
  std::deque<std::string> ended_others_, ended_calls_;  // oldest first
  std::deque<std::string> kept_;                        // of the durable ones; oldest first
  std::uint64_t last_place_ = 0;
};

}  // namespace flow
