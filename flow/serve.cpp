#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <list>

#include "executor/error.h"
#include "executor/load.h"
#include "executor/socket.h"
#include "flow/gateway.h"
#include "flow/server_lock.h"
#include "flow/sqlite_journal.h"
#include "flow/supervisor.h"
#include "flow/up.h"

namespace flow {
namespace {

using executor::Error;
using executor::Role;
using std::chrono::milliseconds;

constexpr milliseconds kTick{100};
constexpr milliseconds kTimeToEnd{10'000};  // for a stage to finish what it cannot interrupt

const std::string kIpc = "ipc://";

std::int64_t unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(now).count();
}

// Signals as something to poll; they stay blocked for the rest of the process.
class Signals {
 public:
  Signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    descriptor_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  }
  ~Signals() { close(descriptor_); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int descriptor() const { return descriptor_; }
  /// Reads what arrived; true when one of them asks the process to end.
  bool end_asked() {
    bool asked = false;
    signalfd_siginfo info;
    while (read(descriptor_, &info, sizeof info) == sizeof info) {
      asked |= info.ssi_signo != SIGCHLD;
    }
    return asked;
  }

 private:
  int descriptor_;
};

// The flow's addresses, bound; ipc files are locked first and removed at the end.
class Listener {
 public:
  Listener(zmq::socket_t& socket, const std::vector<std::string>& addresses) {
    for (const auto& address : addresses) {
      if (address.starts_with(kIpc)) {
        files_.emplace_back(address.substr(kIpc.size()));
        locks_.emplace_back(files_.back().string() + ".lock");
      }
      try {
        socket.bind(address);
      } catch (const zmq::error_t& error) {
        throw Error("unavailable", "cannot listen on " + address + ": " + error.what(),
                    "another program uses it: stop that one, or change `listen` in the flow file");
      }
    }
  }
  ~Listener() {
    for (const auto& file : files_) unlink(file.c_str());
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  std::list<ServerLock> locks_;
  std::vector<std::filesystem::path> files_;
};

// The server's one thread: everything that happens comes through turn().
class Server {
 public:
  Server(const Flow& flow, const Places& places, const std::function<void()>& on_ready)
      : lock_(places.run / "server.lock"),
        socket_(executor::make_socket(context_, Role::gateway)),
        listener_(socket_, flow.listen),
        journal_(places.home / "jobs.db", flow.name),
        gateway_(
            flow,
            {[this](const std::string& peer, const executor::Packet& packet) {
               return executor::send(socket_, packet, peer);
             },
             [this](std::size_t stage, std::uint32_t replica) { supervisor_.kill(stage, replica); },
             [] { return unix_ms(); }},
            journal_),
        supervisor_(flow,
                    {executor::program_folder() / "souvenir", places.home, places.run / "logs",
                     flow.listen.front()},
                    [this](std::size_t stage, std::uint32_t replica, const std::string& text,
                           bool again) { gateway_.on_stage_died(stage, replica, text, again); }),
        on_ready_(on_ready) {}

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
  void turn() {
    zmq_pollitem_t items[] = {{socket_.handle(), 0, ZMQ_POLLIN, 0},
                              {nullptr, signals_.descriptor(), ZMQ_POLLIN, 0},
                              {nullptr, journal_.descriptor(), ZMQ_POLLIN, 0}};
    zmq_poll(items, 3, kTick.count());
    if (items[2].revents != 0) {
      journal_.acknowledge();
      gateway_.on_committed();
    }
    while (auto received = executor::receive(socket_, Role::gateway)) {
      if (received->error) {
        gateway_.on_garbage(received->peer, received->packet.header.id, *received->error);
      } else {
        gateway_.on_packet(received->peer, std::move(received->packet), Clock::now());
      }
    }
    ending_ |= signals_.end_asked() || gateway_.stop_asked();
    const Time now = Clock::now();
    supervisor_.reap(now);
    if (now - last_tick_ >= kTick) {
      last_tick_ = now;
      supervisor_.tick(now);
      gateway_.on_tick(now);
    }
    if (!told_ready_ && gateway_.all_ready()) {
      told_ready_ = true;
      if (on_ready_) on_ready_();
    }
  }

  Signals signals_;
  ServerLock lock_;
  zmq::context_t context_;
  zmq::socket_t socket_;
  Listener listener_;
  SqliteJournal journal_;
  Gateway gateway_;
  Supervisor supervisor_;
  std::function<void()> on_ready_;
  Time last_tick_{};
  bool told_ready_ = false;
  bool ending_ = false;
};

}  // namespace

int serve(const Flow& flow, const Places& places, const std::function<void()>& on_ready) {
  return Server(flow, places, on_ready).run();
}

}  // namespace flow
