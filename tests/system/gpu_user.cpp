// Answers with the GPU memory that it was given when it was constructed.
#include <cstdlib>

#include "executor/plugin.h"
#include "schemas/text.h"

namespace {

class GpuUser final : public executor::Executor {
 public:
  explicit GpuUser(const executor::Setup&) {
    const char* given = std::getenv("SOUVENIR_GPU_MEMORY");
    if (given != nullptr) given_ = given;
  }

  void process(const schemas::Message&, executor::Outbox& out) override {
    out.send(schemas::Message::of(schemas::Text{given_}));
  }

 private:
  std::string given_ = "any";
};

}  // namespace

SOUVENIR_PLUGIN(GpuUser, .name = "gpu_user", .help = "Tells its GPU memory",
                .handlers = {{.accepts = "text.v1", .emits = {"text.v1"}}}, .gpu = true)
