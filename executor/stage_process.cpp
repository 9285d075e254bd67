#include "executor/stage_process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "executor/gpu_budget_variable.h"
#include "executor/load.h"
#include "executor/openmp.h"
#include "executor/stage_confinement.h"

namespace executor {
namespace {

// Asking the kernel costs as much as a small message.
constexpr std::chrono::milliseconds kLookTime{1};

volatile sig_atomic_t stop_asked = 0;

void end_with_supervisor() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_asked = 1; };  // no SA_RESTART: a wait must wake up
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  const char* supervisor = std::getenv("SOUVENIR_SUPERVISOR");
  if (supervisor == nullptr) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != std::atoi(supervisor)) _exit(0);  // it died before the line above
}

// Signals come first, for loading takes seconds, and OpenMP's settings before the libraries. What
// the plugin does not declare is closed before there are threads, which would stay as they are.
const Plugin& load(const StageOptions& options) {
  end_with_supervisor();
  limit_spinning();
  const Plugin& plugin = load_plugin(options.library);
  const auto holds = confine(plugin, options);
  std::fprintf(stderr, "%s: %s\n", options.name.c_str(), holds.c_str());
  return plugin;
}

}  // namespace

StageProcess::StageProcess(const StageOptions& options)
    : name_(options.name),
      address_(options.connect),
      plugin_(load(options)),
      socket_(make_socket(context_, Role::peer, options.connect,
                          options.keys ? &*options.keys : nullptr)),
      handshakes_(context_, socket_, options.connect, options.keys ? &*options.keys : nullptr),
      dial_(socket_, options.connect),
      channel_(options.connect) {}

bool StageProcess::stopping() const {
  return stop_asked != 0;
}

std::optional<Arrival> StageProcess::receive(std::chrono::milliseconds wait) {
  const bool is_look = wait.count() == 0;
  if (is_look && now() - looked_at_ < kLookTime) return std::nullopt;
  while (auto received = executor::receive(socket_, Role::peer, wait)) {
    if (received->error) continue;
    heard_ = true;
    waiting_.end();
    if (!is_look) looked_at_ = now();
    Arrival arrival{std::move(received->packet)};
    try {
      channel_.fetch(arrival.packet);
    } catch (const Error& error) {
      arrival.lost = error;
    }
    return arrival;
  }
  handshakes_.look();
  if (!heard_) tell_waiting();
  looked_at_ = now();
  return std::nullopt;
}

void StageProcess::send(const Packet& packet) {
  const auto rest = channel_.pass(packet);
  // The gateway reads at once; a full pipe means that it is gone or restarts: wait for it.
  while (!executor::send(socket_, rest ? *rest : packet)) {
    if (stopping()) return;
    handshakes_.look();
    if (!handshakes_.is_linked()) dial_.look_again(now());
    tell_waiting();
    zmq_pollitem_t item{socket_.handle(), 0, ZMQ_POLLOUT, 0};
    zmq_poll(&item, 1, 100);
  }
  if (heard_) waiting_.end();
}

void StageProcess::tell_waiting() {
  if (!waiting_.is_due(now())) return;
  auto why = handshakes_.objection();
  if (!why) why = dial_.objection();
  log("waits for an answer from the gateway at " + address_ + ": " +
      (why ? std::string(why->what()) + " (" + why->hint() + ")"
           : "no server answers there (does it run, and is the address right? --connect)"));
}

std::unique_ptr<Executor> StageProcess::create(const Setup& setup, std::int64_t gpu_memory_bytes) {
  set_gpu_budget(gpu_memory_bytes);
  return plugin_.create(setup);
}

void StageProcess::log(const std::string& line) {
  std::fprintf(stderr, "%s: %s\n", name_.c_str(), line.c_str());
}

}  // namespace executor
