#include "executor/stage_machine.h"

#include <algorithm>
#include <set>

#include "executor/describe.h"
#include "executor/fault_point.h"
#include "executor/files/file_error.h"
#include "executor/stage_fault.h"

namespace executor {
namespace {

using namespace std::chrono_literals;
using schemas::Kind;

Packet plain(Kind kind, const std::string& text = "") {
  schemas::Header header;
  header.kind = kind;
  return {header, schemas::Blob(text), {}};
}

// Whether trying again is in vain: what it is given does not fit, or cannot be read.
bool is_lasting(const std::exception& error) {
  if (dynamic_cast<const files::DiskFull*>(&error) != nullptr) return false;
  if (dynamic_cast<const files::Error*>(&error) != nullptr) return true;
  const auto code = fault_of(error).code;
  return code == "bad_config" || code == "bad_input" || code == "not_found" || code == "forbidden";
}

}  // namespace

StageMachine::StageMachine(StageIdentity identity, const Plugin& plugin, StagePort& port)
    : identity_(std::move(identity)),
      plugin_(plugin),
      port_(port),
      link_(port),
      order_(plugin.hears_end),
      runner_(port, link_, order_, plugin) {}

int StageMachine::run() {
  if (!join()) return kEndedInOrder;
  if (const auto code = construct(*link_.inbox().take_welcome())) return *code;
  say_ready();
  while (!link_.stopping()) turn();
  executor_->stopping();
  executor_.reset();
  link_.send(plain(Kind::bye));
  return kEndedInOrder;
}

void StageMachine::say_hello() {
  fault_point("stage.hello");
  const schemas::Hello hello{identity_.name, identity_.replica, identity_.pid, to_json(plugin_)};
  said_hello_ = port_.now();
  schemas::Header header;
  header.kind = Kind::hello;
  header.channel = port_.channel();
  link_.send(packet_of(header, schemas::Message::of(hello)));
}

void StageMachine::say_ready() {
  fault_point("stage.ready");
  Packet packet = plain(Kind::ready);
  packet.header.count = std::max(kCredit, batch_ > 1 ? 2 * batch_ : 0);
  link_.send(packet);
}

bool StageMachine::join() {
  say_hello();
  while (!link_.inbox().is_welcome() && !link_.stopping()) {
    link_.wait(100ms);
    if (link_.inbox().is_unknown()) throw refused();
    if (may_say_hello()) say_hello();
  }
  return link_.inbox().is_welcome();
}

Error StageMachine::refused() const {
  const auto& why = link_.inbox().why_unknown();
  return {"bad_config",
          "the gateway refused this stage" + (why.cause.empty() ? "" : ": " + why.cause), why.hint};
}

std::optional<int> StageMachine::construct(const schemas::Welcome& welcome) {
  link_.set_beat_time(std::chrono::milliseconds(welcome.beat_ms));
  batch_ = static_cast<std::uint64_t>(welcome.batch);
  fault_point("stage.construct");
  int code = kMayStartLater;
  try {
    const Setup setup{Params(plugin_.params, welcome.with),
                      identity_.name,
                      identity_.home,
                      [this](const std::string& text) { link_.send(plain(Kind::loading, text)); },
                      {welcome.open_jobs.begin(), welcome.open_jobs.end()}};
    executor_ = port_.create(setup, welcome.gpu_memory_bytes);
    return std::nullopt;
  } catch (const std::exception& error) {
    code = is_lasting(error) ? kCannotStart : kMayStartLater;
    port_.log(std::string("cannot start: ") + error.what());
    link_.send(packet_of(plain(Kind::failed).header, schemas::Message::of(fault_of(error))));
  }
  const auto until = port_.now() + kLastWord;
  while (port_.now() < until && !link_.stopping()) link_.wait(kLastWord);
  return code;
}

void StageMachine::turn() {
  if (!link_.inbox().has_task()) link_.wait();
  link_.beat();
  if (link_.inbox().is_unknown() && may_say_hello()) say_hello();
  if (const auto welcome = link_.inbox().take_welcome()) rejoin(*welcome);
  tell_ended();
  if (link_.inbox().has_task()) runner_.run_next(*executor_);
}

// Another gateway: the former one could not tell of every end.
void StageMachine::rejoin(const schemas::Welcome& welcome) {
  const std::set<std::string> open(welcome.open_jobs.begin(), welcome.open_jobs.end());
  for (const auto& job : order_.jobs()) {
    link_.inbox().put_ended(
        {job, open.contains(job) ? std::nullopt : std::optional(Outcome::failed)});
  }
  say_ready();
}

void StageMachine::tell_ended() {
  while (const auto ended = link_.inbox().next_ended()) {
    fault_point("stage.ended");
    link_.beat();  // tidying up takes time
    if (ended->outcome) {
      executor_->ended(ended->job, *ended->outcome);
      order_.forget(ended->job);
    } else {
      executor_->interrupted(ended->job);
    }
  }
}

}  // namespace executor
