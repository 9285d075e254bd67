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

/// Thrown when a request failed. The fault says where, why and what to do; `fault.code` decides the
/// exit code.
struct CallError : std::runtime_error {
  explicit CallError(schemas::Fault fault_in)
      : std::runtime_error(fault_in.cause), fault(std::move(fault_in)) {}
  schemas::Fault fault;
};

/// Callbacks while a request runs. Called on the caller's thread.
struct Observer {
  std::function<void(const std::string& job)> accepted;
  std::function<void(const schemas::Progress&, const std::vector<schemas::Blob>& pictures)>
      progress;
  /// Called at least every 100 ms. Returning true cancels the job; the call then throws
  /// CallError(cancelled).
  std::function<bool()> interrupted;
  /// Called as often. Returning true ends the wait; the job continues, and the call returns what
  /// has come so far.
  std::function<bool()> left;
};

/// How a client identifies itself to a gateway. A value.
struct Caller {
  std::string owner;  ///< principal of its requests, where the gateway believes the client
  std::string credential = {};                   ///< an API key or a token
  std::optional<executor::CurveKeys> keys = {};  ///< for a gateway on a public address
};

/// A connection to a gateway. Used by one thread. The destructor closes it at once.
class Client {
 public:
  /// Connects in the background; sends nothing yet. Throws executor::Error(bad_config) for what is
  /// no address of a server.
  Client(const std::string& address, Caller caller);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Whether a gateway answers within `timeout_ms`.
  bool reachable(std::uint32_t timeout_ms);
  /// Why it does not, as far as the connection tells: a refused key, or a host that nobody knows;
  /// nothing when nobody listens.
  std::optional<schemas::Fault> objection();

  /// Sends a request, waits for its end, and returns what the route's last stage sent, in order.
  /// `timeout_ms` = 0 waits as long as the gateway lives (the client asks it for a sign of life
  /// every few seconds). Throws CallError.
  ///
  /// With a `key` (1 to 128 bytes, new for each new request) the job is durable, and the same
  /// request with the same key is the same job. The call then survives a restart of the server.
  std::vector<schemas::Message> call(const std::string& endpoint, const schemas::Message& request,
                                     const Observer& observer = {}, std::uint32_t timeout_ms = 0,
                                     const std::string& key = "");

  /// As call(), for a job of this owner that any client started. A job that has ended returns its
  /// results again.
  std::vector<schemas::Message> watch(const std::string& job, const Observer& observer = {});

  /// Starts a new job from the request of a failed or cancelled one; returns the new id.
  std::string retry(const std::string& job);

  /// `action` = list (no job), show, cancel, pause or resume. Throws CallError.
  schemas::JobReport control(const std::string& action, const std::string& job = "");

  /// `action` = scale ("STAGE=N") or swap ("STAGE=PLUGIN", `with` its parameters). Returns once it
  /// is done. Throws CallError; a failed swap changes nothing.
  void steer(const std::string& action, const std::string& what, const schemas::Values& with = {});

  /// Sends a request without waiting, so that several can be open; returns its id.
  std::uint64_t start(const std::string& endpoint, const schemas::Message& request);
  /// Waits for the end of any request from start(); returns its id. Throws CallError as call()
  /// does.
  std::uint64_t finish();

  schemas::Status status(std::uint32_t timeout_ms = 2'000);

  /// Asks the flow to stop in order; returns once the gateway confirms it.
  void stop();

 private:
  class Link;
  std::unique_ptr<Link> link_;
};

}  // namespace flow
