#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "executor/socket.h"
#include "flow/gateway/job_record.h"
#include "schemas/jobs.h"

namespace flow {

/// Where durable jobs outlive the process. The gateway appends what has changed and acts once that
/// is committed; it reads back what was committed. All calls come from the gateway's thread.
class Journal {
 public:
  /// What is written in one transaction: all of it or nothing.
  struct Entry {
    std::vector<JobRecord> saves;
    std::vector<std::pair<std::string, schemas::JobNote>> notes;  ///< job, what happened to it
    std::string request_of;                                       ///< job; "" = no request
    executor::Packet request;                                     ///< type, body and blobs of it
    std::string reopens;                                          ///< job; "" = none
    std::string results_of;                                       ///< job; "" = no results
    std::vector<executor::Packet> results;
    std::vector<std::string> forgets;  ///< jobs of which nothing is kept any more

    bool empty() const { return saves.empty() && forgets.empty(); }
  };

  virtual ~Journal() = default;

  /// Takes an entry and returns its ticket, 1, 2, ...; does not wait.
  virtual std::uint64_t append(Entry entry) = 0;
  /// All tickets up to this one are committed.
  virtual std::uint64_t committed() const = 0;
  /// Why nothing can be committed at present ("the disk is full"); "" = all is well.
  virtual std::string trouble() const = 0;

  /// Every job of this flow that is kept.
  virtual std::vector<JobRecord> load() = 0;
  /// Ids of open jobs of other flows in the same home folder, and of those kept for a retry.
  virtual std::vector<std::string> open_elsewhere() = 0;
  /// The request of a job; throws executor::Error(not_found) when it is not kept.
  virtual executor::Packet request(const std::string& job) = 0;
  virtual std::vector<executor::Packet> results(const std::string& job) = 0;
  /// Of body and blobs of all its results, without reading them.
  virtual std::size_t result_bytes(const std::string& job) = 0;
  virtual std::vector<schemas::JobNote> history(const std::string& job) = 0;
};

}  // namespace flow
