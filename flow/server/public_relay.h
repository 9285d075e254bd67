#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "executor/descriptor.h"
#include "executor/files/child_process.h"
#include "executor/socket.h"
#include "flow/access/zap.h"
#include "flow/gateway/dispatch.h"
#include "flow/relay/control.h"

namespace flow {

/// The relay in front of the TCP addresses of a flow (flow/relay/), as its server sees it: keeps
/// the listening sockets, runs the process and starts it again when it ends. Whoever was connected
/// connects again; the gateway lives on. Tells the relay whose handshake succeeded and what the
/// gateway has read. Without a TCP address it does nothing. Used by one thread.
class PublicRelay {
 public:
  struct Settings {
    std::filesystem::path program;  ///< the souvenir program
    std::filesystem::path run;      ///< folder of the gateway's sockets behind the relay
    std::filesystem::path logs;     ///< folder, created when missing
    /// Whether a key is a stage's; nullptr: there are none.
    std::function<bool(const std::string& key)> is_stage;
  };

  /// Listens on those of the addresses that are TCP. Throws executor::Error(unavailable) when one
  /// is in use or the process cannot be started.
  PublicRelay(const std::vector<std::string>& addresses, Settings settings);
  ~PublicRelay();
  PublicRelay(const PublicRelay&) = delete;
  PublicRelay& operator=(const PublicRelay&) = delete;

  bool is_needed() const { return !doors_.empty(); }
  /// The socket behind it, one for each letter of a listener (listeners.h).
  static std::filesystem::path socket_of(const std::filesystem::path& run, char letter);
  /// Readable when the relay has said something.
  int descriptor() const { return waits_.get(); }

  /// For the ZAP handler.
  access::Porter porter();
  /// Closes the connections whose key is not allowed any more.
  void close_unless(const std::function<bool(const std::string& key)>& allowed);
  /// Where a connection that was let in comes from; "" when it is unknown or closed.
  std::string address_of(std::uint64_t connection) const;

  /// Takes what the relay has said.
  void hear();
  /// A message of the connection is here.
  void note_read(const executor::Received& received);
  /// There is no message that was not read, of those that had come when hear() was called.
  void note_all_read();
  /// Closes a connection.
  void drop(std::uint64_t connection);

  void reap(Time now);
  void tick(Time now);
  pid_t pid() const { return child_ ? child_->pid() : -1; }

 private:
  struct Door {
    std::string address;
    executor::Descriptor socket;
    relay::Record record;  // the mechanism, and the gateway's socket
  };
  struct Peer {
    std::string address;
    std::string key;  // "" = none was asked for
  };
  struct Read {
    std::uint32_t frames = 0;
    std::uint64_t bytes = 0;
  };

  void start();
  void tell_read();
  std::optional<access::Newcomer> arriving();
  void let_in(const access::Newcomer& newcomer, const std::string& key);

  Settings settings_;
  std::vector<Door> doors_;
  executor::Descriptor waits_;
  relay::Control control_;
  std::unique_ptr<files::ChildProcess> child_;
  std::uint64_t starts_ = 0;
  Time started_{};
  std::optional<Time> next_start_;

  std::optional<access::Newcomer> newcomer_;
  std::map<std::uint64_t, Peer> peers_;          // by connection
  std::map<std::string, std::uint64_t> owners_;  // by key
  std::map<std::uint64_t, Read> read_;           // not told yet
  std::uint64_t untold_bytes_ = 0;
  std::uint32_t untold_frames_ = 0;
  std::vector<relay::Record> asks_;
};

}  // namespace flow
