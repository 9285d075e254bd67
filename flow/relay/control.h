#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "executor/descriptor.h"

namespace flow::relay {

/// What server and relay say to each other. Both are one build of one program on one host, so the
/// records go as they are in memory.
enum class Say : std::uint32_t {
  begin,   ///< to the relay, first: count = listeners, number = most connections
  listen,  ///< to the relay, with a listening descriptor: text = the gateway's socket behind it,
           ///< or two of them, with a line break between
  arrive,  ///< to the server: the next handshake it sees is this connection's; text = its address
  let_in,  ///< to the relay: the handshake may succeed; number = the owner,
           ///< count = 1: it is, or may be, a stage
  read,    ///< to the relay: the gateway has read so many frames (count) and bytes (number) of it
  ask,     ///< to the server: say when all that is there of this connection has been read;
           ///< count = 1: it is closed
  caught_up,  ///< to the relay: the answer
  drop,       ///< to the relay: close it
};

struct Record {
  Say say = Say::begin;
  std::uint32_t count = 0;
  std::uint64_t connection = 0;  ///< one number for each, and never again
  std::uint64_t number = 0;
  std::array<char, 224> text{};

  std::string_view words() const { return text.data(); }
};

Record record_of(Say say, std::uint64_t connection, const std::string& text = "");

/// One end of the channel between server and relay. Owns the descriptor. Used by one thread.
class Control {
 public:
  Control() = default;
  explicit Control(executor::Descriptor socket) : socket_(std::move(socket)) {}

  int descriptor() const { return socket_.get(); }
  /// Puts a record into the queue.
  void say(const Record& record) { queue_.push_back(record); }
  /// Writes what is in the queue and waits for nobody; what does not go stays in it.
  void flush();
  bool has_queue() const { return !queue_.empty(); }
  /// What has come. Nothing from an end that is gone.
  std::vector<Record> take();
  /// Whether the other end is closed.
  bool is_over() const { return over_; }

  /// Sends a record with a descriptor and waits until it is written. Throws std::system_error.
  void hand_over(const Record& record, int descriptor);
  /// Waits for the next record, and takes its descriptor. Nothing when the other end is closed.
  std::optional<Record> wait_for_record(executor::Descriptor& descriptor);

 private:
  executor::Descriptor socket_;
  std::vector<Record> queue_;
  bool over_ = false;
};

}  // namespace flow::relay
