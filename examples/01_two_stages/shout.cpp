// Makes every line louder.
#include "executor/plugin.h"
#include "schemas/text.h"

namespace {

class Shout final : public executor::Executor {
 public:
  explicit Shout(const executor::Setup& setup) : suffix_(setup.params.get<std::string>("suffix")) {}

  void process(const schemas::Message& in, executor::Outbox& out) override {
    auto line = in.as<schemas::Text>();
    line.text += suffix_;
    out.send(schemas::Message::of(line));
  }

 private:
  std::string suffix_;
};

}  // namespace

SOUVENIR_PLUGIN(Shout, .name = "shout", .help = "Makes every line louder",
                .handlers = {{.accepts = "text.v1", .emits = {"text.v1"}}},
                .params = {{.name = "suffix", .default_value = "!", .help = "what is added"}})
