#pragma once

#include "executor/socket.h"
#include "flow/gateway/backlog.h"
#include "flow/gateway/clients.h"
#include "flow/gateway/open_jobs.h"
#include "schemas/fault.h"

namespace flow {

/// The answers of calls, to the processes that called. What one leaves unread is bounded, as with
/// clients (Backlog). One thread.
class CallReplies {
 public:
  /// Without `tell` nothing is counted.
  CallReplies(Clients::Send send, Clients::Tell tell)
      : send_(std::move(send)), tell_(std::move(tell)) {}

  void reply(const Asker& asker, const executor::Packet& answer);
  void fail(const Asker& asker, const schemas::Fault& fault) const;

 private:
  Clients::Send send_;
  Clients::Tell tell_;
  Backlog backlog_;  // by process
};

}  // namespace flow
