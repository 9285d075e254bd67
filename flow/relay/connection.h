#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "executor/descriptor.h"
#include "flow/relay/caps.h"
#include "flow/relay/control.h"
#include "flow/relay/pace.h"
#include "flow/relay/peer_address.h"
#include "flow/relay/quotas.h"
#include "flow/relay/stream.h"
#include "flow/relay/zmtp.h"

namespace flow::relay {

/// What all connections of a relay have in common.
struct Shared {
  Control control;
  Quotas quotas;
  Caps caps;
  Pace plain{kPlainBytesInAWindow};    ///< of the peers on links without keys
  std::vector<std::uint64_t> paced{};  ///< connections that wait for its next window
  /// The connection whose handshake the gateway decides now; 0 = none. One at a time: so the
  /// gateway knows whose it is, which libzmq does not tell.
  std::uint64_t turn = 0;
  std::deque<std::uint64_t> queue;  ///< those that wait for it
  Time now{};
};

/// One connection of a peer, and the one to the gateway behind it. Passes on what follows the
/// framing and fits the limits, and buffers next to nothing. The relay answers a greeting itself;
/// the gateway sees a connection once its peer has sent what only a handshake begins with. Used by
/// one thread.
class Connection {
 public:
  enum class Phase {
    greeting,  ///< the peer's part of the handshake is awaited
    hello,     ///< CURVE's first command is
    initiate,  ///< CURVE's second command is
    waiting,   ///< for its turn to be decided
    deciding,  ///< the gateway decides
    open,      ///< messages pass
    leaving,   ///< one end is closed, the other is on the way
    asked,     ///< both are; what the gateway has not read yet still counts
    gone,      ///< nothing is left
  };
  /// Where a listener leads: to either of two sockets of the gateway. There is one of them, or both
  /// while the server's keys are rotated.
  struct Door {
    Mechanism mechanism = Mechanism::null;
    std::string file, other_file;
    bool other_is_next = false;
  };

  /// The connection is counted by Shared::caps already. `shared` outlives this.
  Connection(Shared& shared, std::uint64_t id, Door& door, executor::Descriptor outer,
             PeerAddress address);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Does what can be done now. `from_peer`, `from_gateway`: there may be something to read.
  void work(bool from_peer, bool from_gateway);
  /// The next window of Shared::plain has begun: work() may read again.
  void end_pause() { is_paced_ = false; }
  /// Closes the peer's end; the gateway's follows.
  void leave();

  void let_in(Owner owner, bool is_stage);
  /// The gateway has said READY, and the server's word was not heard before: hear it, then work().
  /// Who is not let in then is closed.
  bool needs_verdict() const { return needs_verdict_ && !owner_ && phase_ == Phase::deciding; }
  void read_by_gateway(std::uint32_t frames, std::uint64_t bytes);
  void caught_up();
  /// Asks the gateway whether it has read all there is, when this one waits for room and it may.
  void ask_when_held();
  /// Closes what takes too long. Call now and then.
  void tick();

  std::uint64_t id() const { return id_; }
  Phase phase() const { return phase_; }
  Owner owner() const { return owner_.value_or(kNobody); }
  const Ahead& ahead() const { return ahead_; }
  /// Since when a frame waits because of a limit.
  std::optional<Time> held_since() const { return held_; }
  /// The gateway has read all there is, and there is still no room.
  bool is_stuck() const { return stuck_; }
  bool has_too_many_frames() const { return ahead_.frames > kFramesAhead / 2; }

  int outer() const { return outer_.get(); }
  int inner() const { return inner_.get(); }
  /// What to wait for: EPOLLIN, EPOLLOUT.
  std::uint32_t outer_events() const;
  std::uint32_t inner_events() const;

 private:
  bool is_curve() const { return door_.mechanism == Mechanism::curve; }
  bool is_over() const { return phase_ >= Phase::leaving; }
  bool read_outer();
  bool may_read();
  bool read_inner();
  void work_down();
  bool pass_command_down(const FrameHeader& header);
  void decided(bool let_in);
  void work_up();
  void take_greeting();
  void take_command(std::string_view name, std::size_t at, Phase then);
  bool connect();
  void wait_turn();
  void pass_messages();
  bool may_pass(const FrameHeader& header);
  bool may_pass_plain(const FrameHeader& header);
  bool pass_if_room(std::uint64_t size);
  void work_leaving();
  void end();

  Shared& shared_;
  const std::uint64_t id_;
  Door& door_;
  const PeerAddress address_;
  executor::Descriptor outer_, inner_;
  Stream up_, down_;
  std::uint64_t up_left_ = 0, down_left_ = 0;   // of the body of the present frame
  std::size_t greeting_left_ = kGreetingBytes;  // of the gateway's, which ours stands for
  Phase phase_ = Phase::greeting;
  Time since_;  // when it came; later, when it began to leave
  bool queued_ = false, announced_ = false, needs_verdict_ = false;
  bool counted_ = true, was_let_in_ = false;  // by Caps
  bool peer_done_ = false;
  std::optional<Owner> owner_;
  Ahead ahead_;
  std::uint32_t frames_of_message_ = 0;
  std::optional<Time> held_;
  bool asked_ = false, stuck_ = false;
  Time last_window_{};  // of Shared::plain in which it has read
  bool is_paced_ = false;
};

}  // namespace flow::relay
