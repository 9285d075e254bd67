#include "compute/pretrained_folder.h"

#include "compute/open_model.h"
#include "diffusion/training/model_folder.h"
#include "executor/error.h"
#include "executor/files/file_error.h"

namespace compute {

std::filesystem::path pretrained_folder(const executor::Setup& setup) {
  const auto folder = open_model(setup);
  try {
    diffusion::check_model_folder(folder);
  } catch (const files::Error& e) {
    throw executor::Error("bad_config", e.what(),
                          "set `model` to the folder of a Stable Diffusion 1 or 2 model as "
                          "diffusers writes it");
  }
  return folder;
}

}  // namespace compute
