#pragma once

#include <string>
#include <vector>

#include "flow/gateway/admission.h"
#include "flow/gateway/bookkeeping.h"
#include "flow/gateway/clients.h"
#include "flow/gateway/estimates.h"
#include "flow/gateway/open_jobs.h"
#include "schemas/jobs.h"
#include "schemas/status.h"

namespace flow {

/// Answers what clients ask about their jobs, whether they made them on this connection or another.
/// Reads what others keep, all of which must outlive this; what it wants done about a job it notes
/// in the books. Everything throws executor::Error for what cannot be.
class JobDesk {
 public:
  JobDesk(Bookkeeping& books, Clients& clients, const Admission& admission, const OpenJobs& jobs,
          const Estimates& estimates)
      : books_(books),
        clients_(clients),
        admission_(admission),
        jobs_(jobs),
        estimates_(estimates) {}

  /// The job of that name, when it is this one's.
  const JobRecord& find(const std::string& job, const access::Principal& who) const;
  void list(const access::Principal& who, const Watcher& watcher, Time now);
  /// show, watch: answered at once. cancel, pause, resume: noted; true, show() it once that is
  /// settled.
  bool act(const std::string& action, const JobRecord& record, const Watcher& watcher, Time now);
  /// How a job stands, with its history or without.
  void show(const std::string& job, bool history, const Watcher& watcher, Time now);
  /// An answer that tells of no job.
  void confirm(const Watcher& watcher);

  /// A request with the key of an earlier one is that one, asked again; false when there is none.
  bool attach_by_key(const Watcher& watcher, const executor::Packet& request);
  /// What a job that has ended badly was asked with. Throws when it cannot be tried again.
  executor::Packet request_again(const JobRecord& record) const;

  /// The jobs that `status` shows.
  std::vector<schemas::JobStatus> recent_jobs(Time now) const;
  /// Answers with the flow's status, without what is none of this one's, unless it is an
  /// administrator.
  void tell_status(schemas::Status status, const access::Principal& who, const Watcher& watcher);

 private:
  void attach(const JobRecord& record, const Watcher& watcher);
  bool is_resent(const std::string& job, const Watcher& watcher, std::size_t bytes) const;
  schemas::JobStatus status(const JobRecord& record, Time now) const;
  void report(const schemas::JobReport& report, const Watcher& watcher);

  Bookkeeping& books_;
  Clients& clients_;
  const Admission& admission_;
  const OpenJobs& jobs_;
  const Estimates& estimates_;
};

}  // namespace flow
