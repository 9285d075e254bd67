#pragma once

#include <string>

#include "flow/file/flow.h"
#include "flow/gateway/bookkeeping.h"
#include "flow/gateway/gateway_port.h"
#include "flow/gateway/open_jobs.h"

namespace flow {

/// Whose rights a job has, and what its stages call for it.
struct JobRights {
  std::string owner;
  bool admin = false;
};

/// Makes jobs of requests: what clients ask and what stages call. Who may, and whether there is
/// room, was checked before. Uses what others keep, all of which must outlive this. One thread.
class JobOpener {
 public:
  JobOpener(const Flow& flow, const GatewayPort& port, Bookkeeping& books, OpenJobs& jobs)
      : flow_(flow), port_(port), books_(books), jobs_(jobs) {}

  /// The new job's id; it starts when the books say so. `asker` is who calls, for a call. Throws
  /// schemas::CodecError when the body of a serial route's request is none.
  std::string open(const Route& route, executor::Packet request, const JobRights& rights,
                   bool durable, Asker asker, Time now);
  /// A job of the books that is to go on. What stages have of it they have from attempts that
  /// nobody here remembers. Its route is null when the flow has that no more.
  OpenJob again(const JobRecord& record) const;

 private:
  const Flow& flow_;
  const GatewayPort& port_;
  Bookkeeping& books_;
  OpenJobs& jobs_;
};

}  // namespace flow
