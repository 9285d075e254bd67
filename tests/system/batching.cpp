// Answers each message of a batch with how many came together.
#include "executor/plugin.h"
#include "schemas/text.h"

namespace {

class Batching final : public executor::Executor {
 public:
  explicit Batching(const executor::Setup&) {}

  void process(const schemas::Message& in, executor::Outbox& out) override { answer(in, out, 1); }

  void process_batch(std::vector<executor::BatchItem>& items) override {
    for (auto& item : items) answer(item.message, item.out, items.size());
  }

 private:
  static void answer(const schemas::Message& in, executor::Outbox& out, std::size_t together) {
    auto line = in.as<schemas::Text>();
    line.text += " of " + std::to_string(together);
    out.send(schemas::Message::of(line));
  }
};

}  // namespace

SOUVENIR_PLUGIN(Batching, .name = "batching", .help = "Counts its company",
                .handlers = {{.accepts = "text.v1", .emits = {"text.v1"}}}, .batches = true)
