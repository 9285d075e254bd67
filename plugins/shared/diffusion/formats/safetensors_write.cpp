#include "diffusion/formats/safetensors_write.h"

#include <algorithm>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/safetensors_header.h"
#include "executor/files/durable_file.h"

namespace diffusion {

void write_safetensors(const std::filesystem::path& path, std::vector<RawTensor> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::sort(tensors.begin(), tensors.end(), [](const RawTensor& a, const RawTensor& b) {
    const int bits_a = bits_of_dtype(a.dtype), bits_b = bits_of_dtype(b.dtype);
    return bits_a != bits_b ? bits_a > bits_b : a.name < b.name;
  });
  std::vector<TensorEntry> entries;
  for (const auto& tensor : tensors) {
    entries.push_back({tensor.name, tensor.dtype, tensor.shape, 0, 0});
  }
  const std::string header = write_header(entries, metadata);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (entries[i].end - entries[i].begin == tensors[i].bytes.size()) continue;
    throw Error("tensor \"" + tensors[i].name + "\": has another size than its dtype and shape");
  }
  files::write_durably(path, [&](const files::Append& append) {
    append(header);
    for (const auto& tensor : tensors) append(tensor.bytes);
  });
}

}  // namespace diffusion
