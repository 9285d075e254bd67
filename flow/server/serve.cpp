#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "executor/describe.h"
#include "executor/error.h"
#include "executor/file_limit.h"
#include "executor/load.h"
#include "flow/access/guard.h"
#include "flow/access/zap.h"
#include "flow/access/zap_probe.h"
#include "flow/file/address.h"
#include "flow/gateway/gateway.h"
#include "flow/relay/relay_limits.h"
#include "flow/server/listeners.h"
#include "flow/server/public_relay.h"
#include "flow/server/server_lock.h"
#include "flow/server/signals.h"
#include "flow/server/spin_wait.h"
#include "flow/server/sqlite_journal.h"
#include "flow/server/supervisor.h"
#include "flow/server/up.h"

namespace flow {
namespace {

using executor::Error;
using std::chrono::milliseconds;

constexpr milliseconds kTick{100};
// Shorter than executor::Silence's: leases may be a second.
constexpr milliseconds kStandstill{500};

// Of a turn; a flood keeps neither ticks nor signals waiting.
constexpr int kMostInATurn = 256;  // packets
constexpr std::uint64_t kMostBytesInATurn = 256ULL << 20;
constexpr milliseconds kMostTimeInATurn{20};
// Open at once: sockets, journal, locks and logs; and of each process its link and blobs.
constexpr std::size_t kOwnFiles = 48, kFilesOfAProcess = 8;
constexpr std::size_t kShownOfKey = 8;
constexpr milliseconds kTimeToEnd{10'000};  // for a stage to finish what it cannot interrupt

std::int64_t unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(now).count();
}

// Keeps the promise that nobody without an allowed key is heard, or does not start.
void require_closed(const Listeners& listeners, const std::string& server_key, PublicRelay& relay,
                    access::Zap& zap) {
  const auto verdict = access::probe_with_random_key(listeners.public_endpoint(), server_key, [&] {
    relay.hear();
    zap.answer();
    relay.note_all_read();  // there is nobody else yet
  });
  if (verdict == access::Probe::refused) return;
  throw Error(
      "bad_config",
      listeners.public_endpoint() + (verdict == access::Probe::let_in
                                         ? " lets in a key that nobody allowed"
                                         : " does not answer, so nobody knows who is let in"),
      "this libzmq does not keep strangers out: listen on ipc:// alone");
}

bool is_public(const Flow& flow) {
  return std::any_of(flow.listen.begin(), flow.listen.end(), [](const std::string& address) {
    return link_of(address) == access::Link::curve;
  });
}

// The server's one thread: everything that happens comes through turn().
class Server {
 public:
  Server(const Flow& checked, const Places& places, const CheckGpuMemory& check_gpu_memory,
         const std::function<void()>& on_ready)
      : flow_(checked),
        lock_(places.run / "server.lock"),
        relay_(flow_.listen,
               {executor::program_folder() / "souvenir", places.run, places.run / "logs",
                [this](const std::string& key) { return guard_.is_stage(key); }}),
        guard_(flow_.access, access::Files(places.home), is_public(flow_)),
        zap_(
            context_,
            [this](const std::string& key, const std::string& address) {
              return allows(key, address);
            },
            relay_.porter()),
        listeners_(context_, flow_.listen, first_keys(), places.run),
        journal_(places.home / "jobs.db", flow_.name),
        gateway_(flow_, port(check_gpu_memory), journal_),
        supervisor_(flow_,
                    {executor::program_folder() / "souvenir", places.home, places.run / "logs",
                     flow_.listen.front()},
                    [this](std::size_t stage, std::uint32_t replica, const std::string& text,
                           bool again) { gateway_.on_stage_died(stage, replica, text, again); }),
        on_ready_(on_ready) {
    if (first_keys()) require_closed(listeners_, first_keys()->public_key, relay_, zap_);
    is_probed_ = true;
    follow_keys();
  }

  int run() {
    supervisor_.start_all(Clock::now());
    while (!ending_) turn();
    gateway_.on_stopping();
    supervisor_.ask_all_to_end();
    const Time deadline = Clock::now() + kTimeToEnd;
    while (supervisor_.any_running() && Clock::now() < deadline) turn();
    return 0;
  }

 private:
  // What a stranger is refused is audited by address, and the key is how that one is told apart.
  bool allows(const std::string& key, const std::string& address) {
    if (guard_.allows(key, address, unix_ms() / 1000)) return true;
    if (!is_probed_) return false;  // by this server itself
    guard_.note({unix_ms(), access::Link::curve, "", "address " + address,
                 "connect with key " + key.substr(0, kShownOfKey), "the key is not allowed"});
    return false;
  }

  // A socket's descriptor tells of what comes after receive() has found nothing, and sending may
  // swallow what it tells: so nothing is sent between hear() and the wait.
  void turn() {
    wait();
    const Time now = Clock::now();
    if (is_ready(journal_.descriptor())) {
      journal_.acknowledge();
      gateway_.on_committed();
    }
    if (is_ready(signals_.descriptor())) {
      ending_ |= signals_.end_asked();
      supervisor_.reap(now);
      relay_.reap(now);
    }
    if (due_ && now >= *due_) gateway_.on_due(now);
    const auto stood = std::chrono::duration_cast<milliseconds>(now - last_tick_);
    // But for a tick: a server that is slow at every turn still finds who is silent, in time.
    if (stood >= kStandstill && last_tick_ != Time{}) gateway_.stood_still(stood - kTick);
    if (now - last_tick_ >= kTick) tick(now);
    heard_all_ = hear();
    ending_ |= gateway_.stop_asked();
    if (!told_ready_ && gateway_.all_ready()) {
      told_ready_ = true;
      if (on_ready_) on_ready_();
    }
  }

  void tick(Time now) {
    last_tick_ = now;
    if (closes_at_ && now >= *closes_at_) {
      closes_at_.reset();
      relay_.close_unless([this](const std::string& key) { return guard_.has(key); });
    }
    if (read_access()) gateway_.on_access_changed(now);
    listeners_.tick(now);
    supervisor_.tick(now);
    relay_.tick(now);
    gateway_.on_tick(now);
  }

  // Whether anything changed in who may come in. A connection is closed a tick later, so that what
  // was said last is on its way.
  bool read_access() {
    if (!guard_.tick()) return false;
    follow_keys();
    closes_at_ = closes_at_.value_or(Clock::now() + kTick);
    return true;
  }

  // The keys that the server was started with, or still has from before.
  const std::optional<executor::CurveKeys>& first_keys() const {
    return guard_.former_server_keys() ? guard_.former_server_keys() : guard_.server_keys();
  }

  void follow_keys() {
    const auto& keys = guard_.server_keys();
    if (!keys) return;
    if (server_key_.empty()) server_key_ = first_keys()->public_key;
    try {
      if (keys->public_key != server_key_) listeners_.rotate(*keys);
      server_key_ = keys->public_key;
      if (!guard_.former_server_keys()) listeners_.end_overlap();
    } catch (const Error& error) {
      std::fprintf(stderr, "the server's new key is not in use: %s\n", error.what());
    }
    polls_ = all_polls();
  }

  // Until something comes, a batch is due, or the next tick.
  void wait() {
    due_ = gateway_.next_due(Clock::now());
    const auto left = due_ ? std::chrono::ceil<milliseconds>(*due_ - Clock::now()) : kTick;
    const auto wait = heard_all_ ? std::clamp(left, milliseconds(0), kTick) : milliseconds(0);
    // One request alone on its way: its next packet comes within microseconds.
    spin_wait_.wait(polls_, wait, gateway_.open_jobs() <= 1);
  }

  GatewayPort port(const CheckGpuMemory& check_gpu_memory) {
    GatewayPort port;
    port.check_gpu_memory = check_gpu_memory;
    port.send = [this](const std::string& peer, const executor::Packet& packet) {
      return listeners_.send(peer, packet);
    };
    port.tell = [this](const std::string& peer, const executor::Packet& packet,
                       const Backlog::Bytes& backlog) {
      return listeners_.send(peer, packet, backlog);
    };
    port.kill = [this](std::size_t stage, std::uint32_t replica) {
      supervisor_.kill(stage, replica);
    };
    port.start = [this](std::size_t stage, std::uint32_t replica, const Stage& as) {
      supervisor_.add(stage, replica, as, Clock::now());
    };
    port.retire = [this](std::size_t stage, std::uint32_t replica) {
      supervisor_.retire(stage, replica);
    };
    port.find = [this](const std::string& run) {
      const auto library = executor::find_plugin(run, flow_.file.parent_path());
      return std::pair(library, executor::describe(library));
    };
    port.wall_ms = [] { return unix_ms(); };
    port.read_access = [this] { read_access(); };
    port.log = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
    if (!guard_.is_open()) port.guard = &guard_;
    return port;
  }

  // Takes what has come; false when there may be more.
  bool hear() {
    if (relay_.is_needed()) {
      relay_.hear();
      zap_.answer();
    }
    const Time end = Clock::now() + kMostTimeInATurn;
    std::uint64_t bytes = 0;
    for (int heard = 0; heard < kMostInATurn && bytes < kMostBytesInATurn; ++heard) {
      auto arrival = listeners_.receive();
      if (!arrival && listeners_.is_dropping()) return false;
      if (!arrival) {
        relay_.note_all_read();
        return true;
      }
      bytes += arrival->received.bytes;
      take(std::move(*arrival));
      if (Clock::now() > end) break;
    }
    return false;
  }

  bool is_ready(int descriptor) const {
    return std::any_of(polls_.begin(), polls_.end(), [&](const pollfd& poll) {
      return poll.fd == descriptor && poll.revents != 0;
    });
  }

  std::vector<pollfd> all_polls() {
    std::vector<pollfd> polls;
    for (const int descriptor : listeners_.descriptors()) polls.push_back({descriptor, POLLIN, 0});
    for (const int descriptor : {zap_.socket().get(zmq::sockopt::fd), relay_.descriptor(),
                                 signals_.descriptor(), journal_.descriptor()}) {
      polls.push_back({descriptor, POLLIN, 0});
    }
    return polls;
  }

  void take(Listeners::Arrival arrival) {
    auto& [received, origin] = arrival;
    relay_.note_read(received);
    origin.address = relay_.address_of(received.connection);
    if (received.frames > relay::kMaxFrames) relay_.drop(received.connection);
    if (received.error) {
      gateway_.on_garbage(received.peer, received.packet.header.id, *received.error);
    } else {
      gateway_.on_packet(received.peer, std::move(received.packet), Clock::now(), origin);
    }
  }

  Flow flow_;
  Signals signals_;
  ServerLock lock_;
  PublicRelay relay_;  // outlives the context, which waits until what was said last is written
  zmq::context_t context_;
  access::Guard guard_;
  access::Zap zap_;
  Listeners listeners_;
  SqliteJournal journal_;
  Gateway gateway_;
  Supervisor supervisor_;
  std::function<void()> on_ready_;
  std::vector<pollfd> polls_ = all_polls();
  SpinWait spin_wait_;
  std::optional<Time> due_;  // when a batch is
  bool heard_all_ = false;   // nothing more has come when hear() last ended
  Time last_tick_{};
  std::string server_key_;         // the public key of the present listener of other hosts
  std::optional<Time> closes_at_;  // connections whose key is allowed no more
  bool is_probed_ = false;         // strangers are known to be kept out
  bool told_ready_ = false;
  bool ending_ = false;
};

}  // namespace

int serve(const Flow& flow, const Places& places, const CheckGpuMemory& check_gpu_memory,
          const std::function<void()>& on_ready) {
  executor::raise_file_limit();
  std::size_t processes = 0;
  for (const auto& stage : flow.stages) processes += stage.replicas;
  executor::require_files(kOwnFiles + kFilesOfAProcess * processes);
  return Server(flow, places, check_gpu_memory, on_ready).run();
}

}  // namespace flow
