#include "compute/open_model.h"

#include <string>

#include "diffusion/formats/model_source.h"
#include "executor/error.h"
#include "executor/files/file_error.h"
#include "store/layout.h"

namespace compute {

std::filesystem::path open_model(const executor::Setup& setup) {
  const auto model = setup.params.get<std::string>("model");
  const std::string remedy =
      "set 'model' to a Stable Diffusion 1 or 2 model: a folder as diffusers writes it, or a "
      "single .safetensors file";
  if (model.empty()) {
    throw executor::Error("bad_config", "the parameter 'model' is not set", remedy);
  }
  try {
    return diffusion::open_model(model, store::converted_models(setup.home), setup.loading);
  } catch (const files::Error& e) {
    throw executor::Error("bad_config", e.what(), remedy);
  }
}

}  // namespace compute
