#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "flow/gateway/clients.h"
#include "flow/gateway/dispatch.h"

namespace flow {

/// What the gateway has to do about a stage's processes, in this order.
struct ReplicaAction {
  enum class Type {
    retire,    ///< ask the process to end; it is not started again
    lose,      ///< nothing more comes from it: `text` says why
    kill,      ///< end it at once
    given_up,  ///< none of the stage is left: `text` says why
    swapped,   ///< the new plugin has taken over: tell `asker`
    refused,   ///< the new plugin is not taken: tell `asker` why
  } type;
  std::uint32_t replica = 0;
  std::string text = {};
  Watcher asker = {};
};

/// The processes that one stage shall have: starting, absent, given up and tried again, more or
/// fewer of them, or with another plugin.
///
/// A swap: processes with the new plugin start beside the old ones and load. Once all are ready
/// they are on trial: each gets one message at a time, which is kept, so that the old ones can do
/// it again when the new one dies, hangs or fails at it. After kTrialWorks messages, or kTrial
/// without any, the new ones take over, and the old ones leave when they have finished what they
/// have. Whatever goes wrong before ends the new ones, and all is as it was.
///
/// A state machine without processes or clock: it says what to do as the Ledger does, and only
/// starts them by the call that it is given, which may throw executor::Error. One thread.
class Replicas {
 public:
  using Actions = std::vector<ReplicaAction>;
  using Start = std::function<void(std::uint32_t replica, const Stage& as)>;

  /// Both must outlive this; a swap changes `stage`.
  Replicas(Stage& stage, Dispatch& workers);

  const std::set<std::uint32_t>& wanted() const { return wanted_; }
  bool is_swapping() const { return swap_.has_value(); }
  /// Processes that run at most at present, those of a swap among them.
  std::size_t count() const { return wanted_.size() + (swap_ ? swap_->fresh.size() : 0); }
  bool all_ready() const;
  std::int64_t restarts() const { return restarts_; }
  /// Why this one is given up; nothing when it is not.
  std::optional<std::string> given_up(std::uint32_t replica) const;
  /// Why the whole stage is; nothing when some process may still come.
  std::optional<std::string> given_up() const;

  /// Since when no process of a remote stage is here; nothing when one is, or when it is local.
  std::optional<Time> away_since() const { return away_since_; }
  /// How the last one that was here went; nothing when none ever was.
  const std::optional<std::string>& gone() const { return gone_; }

  /// What a process that says hello has to be; throws executor::Error for one that is to leave.
  const Stage& stage_of(std::uint32_t replica) const;
  /// Its state as a worker.
  WorkerState state_of(std::uint32_t replica) const;
  /// It has loaded all that it needs.
  void ready(std::uint32_t replica, Time now);
  /// Its executor could not be constructed; its death is still to come.
  void start_failed(std::uint32_t replica, const std::string& why);
  /// A worker on trial failed at work that others can do.
  Actions failed(const std::string& why) { return roll_back(why); }
  /// It ended; `again` = it will be started once more.
  Actions died(std::uint32_t replica, const std::string& text, bool again, Time now);
  /// It is no worker any more.
  Actions lost(std::uint32_t replica, const std::string& text);

  /// So many processes from now on.
  Actions scale(std::size_t wanted, const Start& start);
  /// `next`: the stage as it will be.
  Actions swap(Stage next, const Watcher& asker, Time now, const Start& start);
  /// Looks for what takes too long. Without `start` nothing is tried again.
  Actions tick(Time now, const Start& start);
  void stood_still(std::chrono::milliseconds time);

  /// A process that was given up is tried again after so long: what ailed it may be mended.
  static constexpr std::chrono::seconds kSecondChance{60};
  static constexpr std::uint64_t kTrialWorks = 4;            ///< of all new processes together
  static constexpr std::chrono::milliseconds kTrial{1'000};  ///< when nothing comes to try with

 private:
  struct Swap {
    Stage next;
    Watcher asker;
    Time since{};                   ///< the start of this phase
    std::set<std::uint32_t> fresh;  ///< replicas with the new plugin
    bool trial = false;             ///< else the fresh ones are starting
  };
  struct GivenUp {
    std::string why;
    Time since{};  ///< or since it was last tried all the same
  };

  bool is_fresh(std::uint32_t replica) const { return swap_ && swap_->fresh.contains(replica); }
  void shrink(std::size_t wanted, Actions& actions);
  void check_absence(Time now, Actions& actions);
  void note_away(Time now);
  void give_second_chance(Time now, const Start& start);
  Actions check_swap(Time now);
  Actions promote();
  Actions roll_back(const std::string& why);
  void retire_idle(Actions& actions) const;

  Stage& stage_;
  Dispatch& workers_;
  std::set<std::uint32_t> wanted_;
  std::uint32_t next_replica_ = 0;
  std::optional<Swap> swap_;
  std::map<std::uint32_t, GivenUp> given_up_;
  std::map<std::uint32_t, std::string> start_fault_;
  std::map<std::uint32_t, Time> absent_since_;
  std::optional<Time> away_since_;
  std::optional<std::string> gone_;
  std::int64_t restarts_ = 0;
};

/// What a process on trial has in hand goes back to the queue, unless an answer is out.
void take_back_trials(Dispatch& workers, Worker& worker);

}  // namespace flow
