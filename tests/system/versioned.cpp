// One plugin in several builds: good ones, and ones that break in the ways that
// builds do.
#include <cstdlib>

#include "executor/plugin.h"
#include "schemas/text.h"

namespace {

#ifndef BREAKS
#define BREAKS 0
#endif
constexpr int kNever = 0, kAtStart = 1, kAtFirst = 2, kThrows = 3, kCannotStart = 4;
constexpr int kBreaks = BREAKS;

class Versioned final : public executor::Executor {
 public:
  explicit Versioned(const executor::Setup&) {
    if (kBreaks == kAtStart) std::abort();
    if (kBreaks == kCannotStart)
      throw executor::Error("bad_config", "a file is missing", "find it");
  }

  void process(const schemas::Message& in, executor::Outbox& out) override {
    if (kBreaks == kAtFirst) std::abort();
    if (kBreaks == kThrows) throw std::runtime_error("this build is broken");
    auto line = in.as<schemas::Text>();
    line.text += " v" VERSION;
    out.send(schemas::Message::of(line));
  }
};

static_assert(kBreaks >= kNever && kBreaks <= kCannotStart);

}  // namespace

SOUVENIR_PLUGIN(Versioned, .name = "versioned", .help = "Says which build it is",
                .handlers = {{.accepts = "text.v1", .emits = {"text.v1"}}})
