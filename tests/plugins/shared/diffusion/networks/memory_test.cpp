#include "tests/catch_torch.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "diffusion/networks/allocator.h"
#include "diffusion/training/dreambooth.h"
#include "diffusion_fixtures.h"

namespace {

constexpr int kSteps = 500;
constexpr int kEvery = 100;
constexpr double kAllowed_MiB = 4;

double used_MiB() {
  double total_pages = 0, resident_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

}  // namespace

TEST_CASE("memory is flat over 500 steps") {
  diffusion::tune_allocator();
  diffusion::UNet unet(tiny_model());
  diffusion::DreamBooth training(
      unet, diffusion::NoiseSchedule(tiny_model()),
      {.gradient_checkpointing = true, .snr_gamma = 5, .ema_decay = 0.9});
  double settled = 0;
  for (int step = 1; step <= kSteps; ++step) {
    training.step(batch_from(step));
    if (step % kEvery != 0) continue;
    std::printf("step %d: %.2f MiB resident\n", step, used_MiB());
    if (step == kEvery) settled = used_MiB();
  }
  CHECK(used_MiB() < settled + kAllowed_MiB);
}
