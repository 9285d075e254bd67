#include <algorithm>
#include <string>

#include "diffusion/formats/lora_file.h"
#include "diffusion/formats/lora_kind.h"
#include "diffusion/formats/safetensors_view.h"
#include "executor/files/file_error.h"
#include "tests/fuzz/file_in_memory.h"

namespace {

const diffusion::Shapes kLayers = {{"unet.a.attn1.to_q", {2, 3}},
                                   {"unet.a.attn1.to_out.0", {2, 2}},
                                   {"unet.b", {2, 3, 3, 3}},
                                   {"text_encoder.c.self_attn.q_proj", {2, 2}}};

// A LoRA whose first line is peft's settings, and whose other lines are tensors: a name, a blank
// and the digits of the shape. Their bytes are zeros.
std::string file_of(std::string_view text) {
  const auto settings = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), settings.size() + 1));
  std::vector<diffusion::TensorEntry> tensors;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto space = std::min(line.find(' '), line.size());
    std::string name;
    for (const unsigned char c : line.substr(0, space)) name += static_cast<char>(c & 0x7F);
    std::vector<std::uint64_t> shape;
    for (const char c : line.substr(space)) {
      if (c >= '0' && c <= '9' && shape.size() < 5)
        shape.push_back(static_cast<std::uint64_t>(c - '0'));
    }
    constexpr const char* kTypes[] = {"F32", "F16", "BF16", "I64"};
    tensors.push_back({name, kTypes[line.size() % 4], shape, 0, 0});
  }
  std::string metadata;
  for (const unsigned char c : settings) metadata += static_cast<char>(c & 0x7F);
  const auto header = diffusion::write_header(tensors, {{"lora_adapter_metadata", metadata}});
  return header + std::string(tensors.empty() ? 0 : tensors.back().end, '\0');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  try {
    const fuzz::MemoryFile file(file_of({reinterpret_cast<const char*>(data), size}));
    diffusion::stored_adapter(diffusion::open_lora(file.path()), kLayers);
  } catch (const files::Error&) {
  }
  return 0;
}
