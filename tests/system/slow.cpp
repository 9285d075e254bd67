// Works until its text is done: a number is milliseconds, "forever" ends by cancellation alone.
#include <chrono>
#include <thread>

#include "executor/plugin.h"
#include "schemas/text.h"

namespace {

using Clock = std::chrono::steady_clock;

class Slow final : public executor::Executor {
 public:
  explicit Slow(const executor::Setup& setup) {
    if (setup.params.get<bool>("broken")) {
      throw executor::Error("bad_config", "the disk is on fire", "call the fire brigade");
    }
  }

  void process(const schemas::Message& in, executor::Outbox& out) override {
    const auto line = in.as<schemas::Text>();
    const bool forever = line.text == "forever";
    const auto end = Clock::now() + std::chrono::milliseconds(forever ? 0 : std::stoll(line.text));
    for (std::int64_t step = 1; forever || Clock::now() < end; ++step) {
      out.progress({.text = "working", .step = step});
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // the work
    }
    out.send(schemas::Message::of(line));
  }
};

}  // namespace

SOUVENIR_PLUGIN(Slow, .name = "slow", .help = "Works for a while",
                .handlers = {{.accepts = "text.v1", .emits = {"text.v1"}}},
                .params = {{.name = "broken", .default_value = false, .help = "fail at start"}},
                .silence_ms = 1'000)
