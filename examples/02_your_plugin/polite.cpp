#include "executor/plugin.h"
#include "schemas/text.h"

namespace {

class Polite final : public executor::Executor {
 public:
  explicit Polite(const executor::Setup& setup) : word_(setup.params.get<std::string>("word")) {}

  void process(const schemas::Message& in, executor::Outbox& out) override {
    auto line = in.as<schemas::Text>();
    line.text += ", " + word_;
    out.send(schemas::Message::of(line));
  }

 private:
  std::string word_;
};

}  // namespace

SOUVENIR_PLUGIN(Polite, .name = "polite", .help = "Asks politely",
                .handlers = {{.accepts = "text.v1", .emits = {"text.v1"}}},
                .params = {{.name = "word", .default_value = "please", .help = "what is added"}})
