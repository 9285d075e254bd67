#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "executor/error.h"
#include "executor/socket.h"
#include "flow/access/principal.h"
#include "flow/gateway/backlog.h"
#include "flow/gateway/discretion.h"
#include "schemas/fault.h"
#include "schemas/link.h"
#include "schemas/progress.h"

namespace flow {

/// A request of a client that waits for a job. A value.
struct Watcher {
  std::string peer;
  std::uint64_t id = 0;    ///< of its request
  std::string owner = {};  ///< whose it is
  /// Who it was when it asked; null where nobody is judged, and is told everything.
  std::shared_ptr<const access::Sender> sender = {};

  bool operator==(const Watcher& other) const {
    return peer == other.peer && id == other.id && owner == other.owner;
  }
};

/// The clients: which of their requests wait for which open job, how many an owner has open, and
/// what each is told. Knows nothing of stages. Whoever leaves too much unread is told so instead
/// (see Backlog). One thread.
class Clients {
 public:
  /// Hands a packet to a peer without waiting; false when it is gone or does not read.
  using Send = std::function<bool(const std::string& peer, const executor::Packet&)>;
  /// The same; `backlog` counts what the peer's owner leaves unread.
  using Tell = std::function<bool(const std::string& peer, const executor::Packet&,
                                  const Backlog::Bytes& backlog)>;

  /// Without `tell` nothing is counted, without `discretion` (which outlives this) all is told.
  explicit Clients(Send send, Tell tell = {}, const Discretion* discretion = nullptr);

  /// A job of this owner is open.
  void open(const std::string& job, const std::string& owner);
  /// One more request waits for an open job. Throws RateLimited when kMaxWatchers do.
  void join(const std::string& job, const Watcher& watcher);
  bool waits(const std::string& job, const Watcher& watcher) const;
  /// The jobs that this peer's request waits for; `job`, when it is named.
  std::vector<std::string> asked_by(const std::string& peer, std::uint64_t id,
                                    const std::string& job) const;
  /// Every peer whose requests wait for an open job.
  std::set<std::string> peers() const;
  /// These peers are gone: their requests wait no longer. The jobs for which nobody waits any more.
  std::vector<std::string> departed(const std::set<std::string>& peers);
  /// How many requests of an owner are open.
  std::size_t requests_of(const std::string& owner) const;
  /// Throws RateLimited when the owner has so many requests open.
  void check_requests(const std::string& owner, std::size_t most) const;
  /// Whether the owner may be sent so many bytes now.
  bool has_room(const std::string& owner, std::size_t bytes) const;

  void refuse(const std::string& peer, std::uint64_t id, schemas::Fault fault) const;
  void refuse(const std::string& peer, std::uint64_t id, const executor::Error& error) const;
  /// `asked`: the endpoint that the request named, which may be repeated to who named it.
  void refuse(const Watcher& watcher, const executor::Error& error, const std::string& asked) const;
  /// Those who may hear of a job no longer are told why, and nothing more. Returns the jobs for
  /// which nobody waits any more.
  using MayHear = std::function<bool(const Watcher& watcher, const std::string& job)>;
  std::vector<std::string> cut_off(const MayHear& may_hear);
  /// An answer that is no job's.
  void answer(const Watcher& watcher, const executor::Packet& packet);
  /// The job is accepted; `before` others are before it in its queue. To all that wait, or to one.
  void accepted(const std::string& job, std::size_t before) const;
  void accepted(const Watcher& watcher, const std::string& job, std::size_t before) const;
  void progress(const Watcher& watcher, const std::string& job, const schemas::Progress& progress);
  /// Tells all that wait for the job; whoever cannot be told waits no longer, but for a progress
  /// that is only left out. False when nobody waits any more.
  bool tell_all(const std::string& job, executor::Packet packet);
  /// The job is over: its results and its end, to all that wait.
  void end(const std::string& job, const std::vector<executor::Packet>& results,
           const schemas::Ended& ended);
  /// What a watcher missed of a job that is over.
  void replay(const Watcher& watcher, const std::string& job,
              const std::vector<executor::Packet>& results, const schemas::Ended& ended);
  void left_out(const Watcher& watcher, const std::string& job);
  /// The flow stops; the job does not.
  void stopping(const std::string& job) const;

  /// Requests that wait for one job, each of which hears all that it tells.
  static constexpr std::size_t kMaxWatchers = 256;

 private:
  struct Open {
    std::string owner;
    std::vector<Watcher> watchers;
  };

  bool is_user(const Watcher& watcher) const;
  bool tell(const Watcher& watcher, const executor::Packet& packet);
  bool pass(const Watcher& watcher, const executor::Packet& packet);
  void tell_end(const Watcher& watcher, const std::string& job,
                std::vector<executor::Packet> results, const schemas::Ended& ended);

  Send send_;
  Tell tell_;
  const Discretion* discretion_;
  Backlog backlog_;
  std::unordered_map<std::string, Open> open_;      // by job
  std::map<std::string, std::size_t> requests_of_;  // owner -> open jobs, calls not counted
};

}  // namespace flow
