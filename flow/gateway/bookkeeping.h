#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "flow/gateway/checkpoint_pace.h"
#include "flow/gateway/dispatch.h"
#include "flow/gateway/journal.h"
#include "flow/gateway/ledger.h"

namespace flow {

/// The ledger and the journal together: what happens to a job goes in, what is to be done about it
/// comes out of next(), in order, once it is on disk.
///
///   accept(), note() -> ledger -> journal -> its commit -> next()
///
/// An event is put down first and brought to the ledger by next(), because its consequences (the
/// end of a job) erase what the callers of note() still hold. What concerns no durable job waits
/// for no disk. One thread; a value beside the journal, without socket or clock.
class Bookkeeping {
 public:
  /// `journal` must outlive this; `wall_ms` is Unix time, for the history.
  Bookkeeping(Journal& journal, std::function<std::int64_t()> wall_ms);

  /// Takes up what the journal holds, and returns it. Call once, first of all.
  std::vector<JobRecord> restore();
  /// A new job; the journal keeps the request of a durable one.
  void accept(JobRecord record, const executor::Packet& request);
  /// Opens a job again that is kept for it.
  void retry(const std::string& job);
  /// Something happened; `results` are kept when it ends a durable job well.
  void note(JobEvent event, std::vector<executor::Packet> results = {});
  /// The attempt cannot be done.
  void fail(const std::string& job, std::uint64_t epoch, schemas::Fault fault);
  void cancel(const std::string& job, const std::string& why);
  /// How far an attempt is. A new checkpoint is written down, at the pace of CheckpointPace.
  void progress(const std::string& job, std::uint64_t epoch, const schemas::Progress& progress,
                Time now);
  /// Forgets, every kExpiry, what ended over kKept ago; writes the checkpoints that are due.
  void tick(Time now);

  /// The next thing to do; nothing when all that is left waits for a commit. Never a `save` or a
  /// `forget`: they are done here. Call until nothing comes.
  std::optional<JobAction> next();

  const Ledger& ledger() const { return ledger_; }
  /// To read what was committed.
  Journal& journal() const { return journal_; }

  static constexpr std::chrono::minutes kExpiry{1};
  /// An ended job, its answer and its key.
  static constexpr std::chrono::hours kKept{7 * 24};

 private:
  struct Noted {
    JobEvent event;
    std::vector<executor::Packet> results;
  };
  /// What the ledger said and the journal has not committed yet.
  struct Held {
    std::uint64_t ticket;
    Ledger::Actions actions;
  };
  /// Of a job that is accepted, or of one that ends.
  struct Messages {
    const executor::Packet* request;
    std::vector<executor::Packet>* results;
  };

  void take(Ledger::Actions actions, const std::string& who, const Messages& messages = {});
  Journal::Entry entry_of(const Ledger::Actions& actions, const std::string& who,
                          const Messages& messages) const;
  void release(Ledger::Actions actions);

  Journal& journal_;
  std::function<std::int64_t()> wall_ms_;
  Ledger ledger_;
  CheckpointPace pace_;
  std::deque<Noted> noted_;      // for the ledger
  std::deque<Held> held_;        // by ticket
  std::deque<JobAction> ready_;  // for next()
  Time last_expiry_{};
};

}  // namespace flow
