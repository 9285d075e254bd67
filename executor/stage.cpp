#include "executor/stage.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <new>
#include <set>

#include "executor/describe.h"
#include "executor/fault_point.h"
#include "executor/full_disk.h"
#include "executor/gpu_budget_variable.h"
#include "executor/load.h"
#include "executor/openmp.h"
#include "executor/stage_outbox.h"
#include "schemas/fault.h"
#include "schemas/link.h"

namespace executor {
namespace {

using namespace std::chrono_literals;
using schemas::Kind;

// Pieces of work that a stage holds at once: one in hand, some to go on with while the next
// travels.
constexpr std::uint64_t kCredit = 4;

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

Packet plain(Kind kind, const std::string& text = "") {
  schemas::Header header;
  header.kind = kind;
  return {header, schemas::Blob(text), {}};
}

schemas::Fault fault_of(const std::exception& error) {
  schemas::Fault fault;
  fault.cause = error.what();
  if (const auto* known = dynamic_cast<const Error*>(&error)) {
    fault.code = known->code();
    fault.hint = known->hint();
  } else if (dynamic_cast<const Cancelled*>(&error) != nullptr) {
    fault.code = "cancelled";
  } else if (dynamic_cast<const schemas::CodecError*>(&error) != nullptr) {
    fault.code = "bad_input";
    fault.hint = "compare the message with schemas/wire.md";
  } else if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    fault.code = "out_of_memory";
    fault.hint = "use fewer or smaller pictures";
  } else if (is_full_disk(error)) {
    fault.code = "unavailable";
    fault.hint = kFullDiskHint;
  } else {
    fault.code = "internal";
    fault.hint = "the stage's log has more";
  }
  return fault;
}

// The loop of one stage: join, construct, then take, process, give.
class StageHost {
 public:
  explicit StageHost(const StageOptions& options)
      : options_(options),
        plugin_(load_plugin(options.library)),
        link_(context_, options.connect, options.keys, [] { return stop_asked != 0; }) {}

  int run() {
    if (!join()) return 0;
    if (!construct()) return 3;
    say_ready();
    while (!link_.stopping()) turn();
    executor_->stopping();
    executor_.reset();
    link_.send(plain(Kind::bye));
    return 0;
  }

 private:
  void say_hello() {
    fault_point("stage.hello");
    const schemas::Hello hello{options_.name, options_.replica, getpid(), to_json(plugin_)};
    link_.unknown = false;
    schemas::Header header = plain(Kind::hello).header;
    header.channel = link_.channel();
    link_.send(packet_of(header, schemas::Message::of(hello)));
  }

  // With batches: one in hand, and a whole one to go on with.
  void say_ready() {
    fault_point("stage.ready");
    Packet packet = plain(Kind::ready);
    packet.header.count = std::max(kCredit, batch_ > 1 ? 2 * batch_ : 0);
    link_.send(packet);
  }

  bool join() {
    say_hello();
    while (!link_.welcome && !link_.stopping()) {
      link_.pump(100ms);
      if (link_.unknown) throw Error("bad_config", "the gateway refused this stage");
    }
    return link_.welcome.has_value();
  }

  bool construct() {
    const auto welcome = schemas::unpack<schemas::Welcome>(link_.welcome->body.view());
    link_.welcome.reset();
    link_.beat_time = std::chrono::milliseconds(welcome.beat_ms);
    batch_ = static_cast<std::uint64_t>(welcome.batch);
    set_gpu_budget(welcome.gpu_memory_bytes);
    fault_point("stage.construct");
    try {
      const Setup setup{Params(plugin_.params, welcome.with),
                        options_.name,
                        options_.home,
                        [this](const std::string& text) { link_.send(plain(Kind::loading, text)); },
                        {welcome.open_jobs.begin(), welcome.open_jobs.end()}};
      executor_ = plugin_.create(setup);
      return true;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s: cannot start: %s\n", options_.name.c_str(), error.what());
      link_.send(packet_of(plain(Kind::failed).header, schemas::Message::of(fault_of(error))));
      link_.pump(500ms);  // lets the last word leave before the process does
      return false;
    }
  }

  void turn() {
    if (link_.work.empty()) link_.pump(link_.beat_time / 2);
    link_.beat();
    if (link_.unknown) say_hello();  // the gateway was started anew
    if (link_.welcome) rejoin();
    tell_ended();
    if (link_.work.empty()) return;
    if (link_.work.front().header.batch > 0) return process_batch();
    const Packet work = std::move(link_.work.front());
    link_.work.pop_front();
    process(work);
  }

  // Another gateway: what the former one gave is void, and it could not tell of every end.
  void rejoin() {
    const auto welcome = schemas::unpack<schemas::Welcome>(link_.welcome->body.view());
    const std::set<std::string> open(welcome.open_jobs.begin(), welcome.open_jobs.end());
    link_.welcome.reset();
    link_.work.clear();
    for (const auto& [job, progress] : streams_) {
      if (open.contains(job)) {
        link_.ended.push_back({job, std::nullopt});
      } else {
        link_.ended.push_back({job, Outcome::failed});
      }
    }
    say_ready();
  }

  void tell_ended() {
    for (; !link_.ended.empty(); link_.ended.pop_front()) {
      fault_point("stage.ended");
      const auto& [job, outcome] = link_.ended.front();
      if (outcome) {
        executor_->ended(job, *outcome);
        streams_.erase(job);
      } else {
        executor_->interrupted(job);
      }
      const bool more_here =
          std::any_of(link_.work.begin(), link_.work.end(), [&, &id = job](const Packet& work) {
            return work.header.job == id && link_.is_over(id, work.header.epoch);
          });
      if (!more_here) link_.over.erase(job);
    }
  }

  const Handler& handler_of(const std::string& type) const {
    for (const auto& handler : plugin_.handlers) {
      if (handler.accepts == type) return handler;
    }
    throw Error("bad_input", "does not accept messages of type '" + type + "'");
  }

  // Of each stream (job and place in its route) the messages come in order, or the job fails.
  void check_order(const schemas::Header& work) {
    if (work.seq == 0 && work.last) return;  // a stream of one message
    Streams& streams = streams_[work.job];
    if (work.epoch > streams.epoch) streams = {work.epoch, {}};
    std::uint64_t& next = streams.next_seq[work.hop];
    if (work.seq != next) {
      throw Error("protocol", "got message " + std::to_string(work.seq) +
                                  " of a stream, expected " + std::to_string(next));
    }
    ++next;
  }

  // Whether there is anything to do for it; says what became of it when not.
  bool takes(const Packet& work) {
    if (link_.stopping() || link_.unknown) return false;  // not done: whoever comes next does it
    const bool late = link_.is_late(work.header.id);
    if (link_.is_over(work.header.job, work.header.epoch)) {
      StageOutbox(link_, plugin_, kNoHandler, work).finish();
      return false;
    }
    if (late) {
      fail(work, Error("timeout", "the deadline of the request passed while it waited",
                       "give it more time, or ask when less is going on"));
    }
    return !late;
  }

  void fail(const Packet& work, const std::exception& error) {
    // Broken off because this process ends: not the work's fault, so not its
    // failure.
    if (link_.stopping() && dynamic_cast<const Cancelled*>(&error) != nullptr) return;
    std::fprintf(stderr, "%s: job %s: %s\n", options_.name.c_str(), work.header.job.c_str(),
                 error.what());
    StageOutbox(link_, plugin_, kNoHandler, work).fail(fault_of(error));
  }

  void process(const Packet& work) {
    link_.replies.clear();  // answers that came after their caller had given up
    if (!takes(work)) return;
    try {
      check_order(work.header);
      const Handler& handler = handler_of(work.header.type);
      StageOutbox outbox(link_, plugin_, handler, work);
      fault_point("stage.work");
      executor_->process(message_of(work), outbox);
      outbox.finish();
      fault_point("stage.finished");
    } catch (const std::exception& error) {
      fail(work, error);
    }
  }

  // The tasks of a batch follow each other at once; what is over or late is
  // left out.
  std::vector<Packet> gather_batch() {
    std::vector<Packet> tasks;
    bool more = true;
    while (more && !link_.stopping() && !link_.unknown) {
      if (link_.work.empty()) {
        link_.pump(link_.beat_time / 2);
        link_.beat();
        continue;
      }
      Packet work = std::move(link_.work.front());
      link_.work.pop_front();
      more = work.header.batch > 0;
      if (takes(work)) tasks.push_back(std::move(work));
    }
    return tasks;
  }

  void process_batch() {
    const std::vector<Packet> tasks = gather_batch();
    if (tasks.empty() || link_.stopping() || link_.unknown) return;
    std::deque<StageOutbox> outboxes;
    std::deque<schemas::Message> messages;
    std::vector<BatchItem> items;
    try {
      for (const auto& work : tasks) {
        check_order(work.header);
        outboxes.emplace_back(link_, plugin_, handler_of(work.header.type), work, true);
        messages.push_back(message_of(work));
        items.push_back({messages.back(), outboxes.back()});
      }
      executor_->process_batch(items);
    } catch (const std::exception& error) {
      for (const auto& work : tasks) fail(work, error);
      return;
    }
    for (auto& outbox : outboxes) outbox.finish();
  }

  inline static const Handler kNoHandler{};

  StageOptions options_;
  const Plugin& plugin_;
  std::uint64_t batch_ = 1;
  zmq::context_t context_;
  StageLink link_;
  std::unique_ptr<Executor> executor_;
  // Of one job: the attempt that was seen last, and its next message by hop.
  struct Streams {
    std::uint64_t epoch = 0;
    std::map<std::uint64_t, std::uint64_t> next_seq;
  };
  std::map<std::string, Streams> streams_;  // by job
};

}  // namespace

int run_stage(const StageOptions& options) {
  end_with_supervisor();
  limit_spinning();
  return StageHost(options).run();
}

}  // namespace executor
