// Answers with what an OpenMP runtime would have read while this library was loaded.
#include <cstdlib>

#include "executor/plugin.h"
#include "schemas/text.h"

namespace {

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return std::string(name) + "=" + (value == nullptr ? "" : value);
}

const std::string kSeen = setting("OMP_WAIT_POLICY") + " " + setting("GOMP_SPINCOUNT");

class OpenMp final : public executor::Executor {
 public:
  explicit OpenMp(const executor::Setup&) {}

  void process(const schemas::Message&, executor::Outbox& out) override {
    out.send(schemas::Message::of(schemas::Text{kSeen}));
  }
};

}  // namespace

SOUVENIR_PLUGIN(OpenMp, .name = "openmp", .help = "Tells OpenMP's settings",
                .handlers = {{.accepts = "text.v1", .emits = {"text.v1"}}})
