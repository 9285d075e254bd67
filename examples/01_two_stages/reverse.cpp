// Turns every line round.
#include "executor/plugin.h"
#include "schemas/text.h"

namespace {

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

/// The characters of `text`, which is UTF-8, from the last to the first.
std::string reversed(const std::string& text) {
  std::string turned;
  for (std::size_t end = text.size(); end > 0;) {
    std::size_t start = end - 1;
    while (start > 0 && continues(text[start])) --start;
    turned.append(text, start, end - start);
    end = start;
  }
  return turned;
}

class Reverse final : public executor::Executor {
 public:
  explicit Reverse(const executor::Setup&) {}

  void process(const schemas::Message& in, executor::Outbox& out) override {
    const auto line = in.as<schemas::Text>();
    out.send(schemas::Message::of(schemas::Text{reversed(line.text)}));
  }
};

}  // namespace

SOUVENIR_PLUGIN(Reverse, .name = "reverse", .help = "Turns every line round",
                .handlers = {{.accepts = "text.v1", .emits = {"text.v1"}}})
