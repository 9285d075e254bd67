// Tells where it lives, who it is and who else asked, in each way in which a stage speaks.
#include <unistd.h>

#include <filesystem>

#include "executor/plugin.h"
#include "schemas/identifiers.h"
#include "schemas/text.h"

namespace {

class Tattler final : public executor::Executor {
 public:
  explicit Tattler(const executor::Setup& setup) : home_(setup.home.string()) {
    setup.loading("reads " + home_ + "/store/v-1");
    if (setup.params.get<bool>("broken")) {
      throw executor::Error("bad_config", home_ + "/model has no weights", "look at " + home_);
    }
  }

  void process(const schemas::Message& in, executor::Outbox& out) override {
    const std::string what = in.as<schemas::Text>().text;
    out.progress({.text = "writes " + home_ + "/store/new, process " + std::to_string(::getpid())});
    if (what == "fail") {
      throw executor::Error("internal", "cannot write " + home_ + "/store/new: No space left",
                            "see " + home_ + "/run/logs/tattler-0.log");
    }
    if (what == "die") ::_exit(3);
    schemas::IdentifierList list;
    for (const char* owner : {"ann@example.org", "eve@example.org"}) {
      list.identifiers.push_back(
          {.identifier = "sks", .owner = owner, .model = home_ + "/store/v"});
    }
    out.send(schemas::Message::of(list));
  }

 private:
  std::string home_;
};

}  // namespace

SOUVENIR_PLUGIN(Tattler, .name = "tattler", .help = "Tells all that it knows",
                .handlers = {{.accepts = "text.v1", .emits = {"identifier_list.v1"}}},
                .params = {{.name = "broken", .default_value = false, .help = "fail at start"}})
