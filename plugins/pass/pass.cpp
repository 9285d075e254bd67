#include "executor/plugin.h"
#include "schemas/text.h"

namespace plugins::pass {

/// Sends on what it gets, blobs included: the cost of a flow with nothing in it.
class Pass : public executor::Executor {
 public:
  explicit Pass(const executor::Setup&) {}

  void process(const schemas::Message& in, executor::Outbox& out) override { out.send(in); }
};

}  // namespace plugins::pass

SOUVENIR_PLUGIN(plugins::pass::Pass, .name = "pass", .help = "Sends on the text that it gets",
                .handlers = {{.accepts = schemas::Text::kType, .emits = {schemas::Text::kType}}})
