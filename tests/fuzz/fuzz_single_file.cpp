#include <cstdlib>

#include "diffusion/formats/file_kind.h"
#include "diffusion/formats/original_config.h"
#include "diffusion/formats/original_layout.h"
#include "executor/files/file_error.h"
#include "tests/fuzz/file_in_memory.h"

namespace {

// A checkpoint whose tensors are one line each of `text`: a name and the digits of its shape, each
// below one of the original layout's prefixes. All of them are empty, so that the shapes can lie.
std::string file_of(std::string_view text) {
  std::vector<diffusion::TensorEntry> tensors;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto space = line.find(' ');
    if (line.empty() || space == line.npos) continue;
    constexpr const char* kPrefixes[] = {diffusion::kOriginalUNet, diffusion::kOriginalVae,
                                         diffusion::kOriginalClip, diffusion::kOriginalOpenClip};
    std::string name = kPrefixes[static_cast<unsigned char>(line[0]) % 4];
    for (const unsigned char c : line.substr(1, space - 1)) name += static_cast<char>(c & 0x7F);
    std::vector<std::uint64_t> shape;
    for (const char c : line.substr(space + 1)) shape.push_back(static_cast<unsigned char>(c));
    shape.push_back(0);
    if (line.size() % 2 == 0) std::swap(shape.front(), shape.back());
    tensors.push_back({name, "F16", shape, 0, 0});
  }
  return diffusion::write_header(tensors, {});
}

void infer(const std::string& bytes) {
  const fuzz::MemoryFile checkpoint(bytes);
  try {
    const diffusion::SafetensorsView file(checkpoint.path());
    diffusion::refuse_other_family(file);
    diffusion::infer_unet_config(file, 64);
    diffusion::infer_vae_config(file, 512);
    diffusion::infer_text_config(file);
    diffusion::infer_training(file, "");
  } catch (const files::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  try {
    infer(file_of({reinterpret_cast<const char*>(data), size}));
  } catch (const files::Error&) {
  }
  return 0;
}
