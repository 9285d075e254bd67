#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "executor/socket.h"
#include "flow/access/guard.h"
#include "flow/file/flow.h"
#include "flow/gateway/job_record.h"

namespace flow {

/// Who asks, and whether it may: the first thing that happens to what a client or a stage sends.
/// Every decision about somebody goes into the guard's audit log. One thread.
class Admission {
 public:
  /// `flow` and `guard` must outlive this; without a guard all is open, and a request's own word
  /// names its owner. `wall_ms` is Unix time.
  Admission(const Flow& flow, access::Guard* guard, std::function<std::int64_t()> wall_ms);

  /// Who sends this, if it may. Throws executor::Error.
  access::Principal admit(const access::Origin& origin, const executor::Packet& packet);
  /// Throws executor::Error(forbidden) unless this may join as that stage.
  void admit_stage(const access::Origin& origin, const std::string& name);
  /// Why this may be that stage no longer; "" when it still may.
  std::string objection(const access::Origin& origin, const std::string& stage) const;
  /// The key of a stage on another host; nullptr for what needs none.
  const access::Peer* stage_key_of(const access::Origin& origin) const;
  /// Whether who asked for a job may still hear of it: see access::Guard::present().
  bool may_still_hear(const access::Sender& sender, const JobRecord& record) const;
  /// A job is as open to a principal as its route.
  bool may_touch(const access::Principal& who, const JobRecord& record) const;

  /// Whether lists of jobs name it: one that has ended on the route of a query is none for them.
  bool is_listed(const JobRecord& record) const;

  /// The route of a request, if that is one that it takes. Throws executor::Error.
  const Route& route_of(const executor::Packet& request) const;
  /// What this plugin calls is not for clients: they could name another owner's version.
  void reserve_calls_of(const executor::Plugin& plugin);
  /// Does what a request about who may come in asks; how many entries there are now. Nothing when
  /// it is about something else. Throws executor::Error, schemas::CodecError.
  std::optional<std::size_t> administer(const executor::Packet& request);

  /// Of an owner's name, and of an idempotency key.
  static constexpr std::size_t kMaxOwnerBytes = 256;
  static constexpr std::size_t kMaxKeyBytes = 128;

 private:
  access::Access access_to(const schemas::Header& header) const;
  void check_names(const schemas::Header& header) const;

  const Flow& flow_;
  access::Guard* guard_;
  std::function<std::int64_t()> wall_ms_;
  std::set<std::string> reserved_;  // endpoints
};

}  // namespace flow
