#include "diffusion/formats/scheduler_config.h"
#include "diffusion/formats/unet_config.h"
#include "diffusion/formats/vae_config.h"
#include "executor/files/file_error.h"
#include "tests/fuzz/file_in_memory.h"

namespace {

template <typename Read>
void read(const Read& read_it) {
  try {
    read_it();
  } catch (const files::Error&) {
  }
}

}  // namespace

// The configurations in a model's folder.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const fuzz::MemoryFile file({reinterpret_cast<const char*>(data), size});
  read([&] { diffusion::UNetConfig::from_file(file.path()); });
  read([&] { diffusion::VaeConfig::from_file(file.path()); });
  read([&] {
    const auto config = diffusion::SchedulerConfig::from_file(file.path());
    for (const auto& name : diffusion::scheduler_names()) diffusion::with_scheduler(config, name);
  });
  return 0;
}
