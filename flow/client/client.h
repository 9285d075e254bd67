#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "executor/curve_keys.h"
#include "schemas/fault.h"
#include "schemas/jobs.h"
#include "schemas/message.h"
#include "schemas/progress.h"
#include "schemas/status.h"

namespace flow {

/// A request failed; the fault says where, why and what to do. `fault.code` decides the exit code.
struct CallError : std::runtime_error {
  explicit CallError(schemas::Fault fault_in)
      : std::runtime_error(fault_in.cause), fault(std::move(fault_in)) {}
  schemas::Fault fault;
};

/// What the caller wants to hear while a request runs. Called on the caller's thread.
struct Listener {
  std::function<void(const std::string& job)> accepted;
  std::function<void(const schemas::Progress&, const std::vector<schemas::Blob>& pictures)>
      progress;
  /// Asked at least every 100 ms: true cancels the job; the call then throws CallError(cancelled).
  std::function<bool()> interrupted;
  /// Asked as often: true ends the waiting; the job goes on, and the call returns what came so far.
  std::function<bool()> left;
};

/// Who a client is to a gateway. A value.
struct Caller {
  std::string owner;            ///< principal of its requests, where the gateway takes its word
  std::string credential = {};  ///< an API key or a token
  std::optional<executor::CurveKeys> keys = {};  ///< for a gateway that others reach
};

/// A connection to a gateway. Used by one thread. The destructor closes at once.
class Client {
 public:
  /// Connects in the background; nothing is sent yet.
  Client(const std::string& address, Caller caller);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Whether a gateway answers within `timeout_ms`.
  bool reachable(std::uint32_t timeout_ms);

  /// Sends a request and waits for its end; returns what the route's last stage sent, in order.
  /// `timeout_ms` = 0 waits as long as the gateway lives (it is asked for a sign of life every few
  /// seconds). Throws CallError.
  ///
  /// With a `key` (1-128 bytes, new for each new request) the server writes the job down before
  /// it accepts it, and the same request with the same key is the same job: this call then goes on
  /// over a restart of the server.
  std::vector<schemas::Message> call(const std::string& endpoint, const schemas::Message& request,
                                     const Listener& listener = {}, std::uint32_t timeout_ms = 0,
                                     const std::string& key = "");

  /// Waits for the end of a job of this owner, whoever asked for it; else as call(). A job that has
  /// ended gives what it gave.
  std::vector<schemas::Message> watch(const std::string& job, const Listener& listener = {});

  /// Makes a new job from the request of one that failed or was cancelled; returns its id.
  std::string retry(const std::string& job);

  /// `action` = list (no job), show, cancel, pause or resume. Throws CallError.
  schemas::JobReport control(const std::string& action, const std::string& job = "");

  /// `action` = scale ("EXECUTOR=N") or swap ("EXECUTOR=PLUGIN"): returns once
  /// it is done. Throws CallError; a swap that failed has changed nothing.
  void steer(const std::string& action, const std::string& what);

  /// Sends a request without waiting (for windows of several); returns its id.
  std::uint64_t start(const std::string& endpoint, const schemas::Message& request);
  /// Waits for the end of any started request; returns its id. Throws CallError as call() does.
  std::uint64_t finish();

  schemas::Status status(std::uint32_t timeout_ms = 2'000);

  /// Asks the flow to stop in order; returns once the gateway says it does.
  void stop();

 private:
  class Link;
  std::unique_ptr<Link> link_;
};

}  // namespace flow
