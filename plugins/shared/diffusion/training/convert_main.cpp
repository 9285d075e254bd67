// diffusion_convert FROM TO [--dtype fp32|fp16|bf16] [--config FOLDER] [--prediction-type TYPE]
// [--title TEXT]: FROM is a diffusers folder, a repository in the cache of Hugging Face or a single
// file in the original layout; TO becomes a single file when it ends in .safetensors, else a
// folder.
#include <cstdio>
#include <exception>
#include <string>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/model_source.h"
#include "diffusion/formats/single_file.h"
#include "diffusion/training/export_model.h"

namespace {

constexpr const char* kUsage =
    "diffusion_convert FROM TO [--dtype fp32|fp16|bf16] [--config FOLDER]\n"
    "                  [--prediction-type epsilon|v_prediction] [--title TEXT]\n";

struct Arguments {
  std::filesystem::path from, to;
  diffusion::ConvertOptions convert;
  diffusion::ExportOptions write;
};

at::ScalarType dtype_of(const std::string& name) {
  if (name == "fp32") return at::kFloat;
  if (name == "fp16") return at::kHalf;
  if (name == "bf16") return at::kBFloat16;
  throw diffusion::Error("--dtype is fp32, fp16 or bf16");
}

Arguments read(int count, char** words) {
  if (count < 3 || count % 2 == 0) throw diffusion::Error(kUsage);
  Arguments arguments{words[1], words[2], {}, {}};
  for (int i = 3; i + 1 < count; i += 2) {
    const std::string flag = words[i], value = words[i + 1];
    if (flag == "--dtype") {
      arguments.write.dtype = dtype_of(value);
    } else if (flag == "--config") {
      arguments.convert.config_folder = value;
    } else if (flag == "--prediction-type") {
      arguments.convert.prediction_type = value;
    } else if (flag == "--title") {
      arguments.write.modelspec["title"] = value;
    } else {
      throw diffusion::Error(kUsage);
    }
  }
  return arguments;
}

void run(const Arguments& arguments) {
  const auto& [from, to, convert, write] = arguments;
  if (std::filesystem::is_regular_file(from)) {
    if (to.extension() == ".safetensors" || write.dtype) {
      throw diffusion::Error("a single file becomes a folder first, with its own dtype");
    }
    for (const auto& name : diffusion::convert_single_file(from, to, convert)) {
      std::printf("passed over: %s\n", name.c_str());
    }
    return;
  }
  const auto folder = diffusion::find_model_folder(from);
  if (to.extension() == ".safetensors") {
    diffusion::export_single_file(folder, to, write);
  } else {
    diffusion::export_model_folder(folder, to, write);
  }
}

}  // namespace

int main(int count, char** words) {
  try {
    run(read(count, words));
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
