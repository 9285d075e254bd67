#include "diffusion/formats/safetensors_view.h"

#include <algorithm>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/file_kind.h"

namespace diffusion {
namespace {

SafetensorsHeader read_header(const std::filesystem::path& path, std::string_view bytes) {
  refuse_other_kind(path, bytes.substr(0, kKindBytes));
  try {
    const auto length = header_length(bytes.substr(0, kLengthBytes), bytes.size());
    return parse_header(bytes.substr(kLengthBytes, length), bytes.size() - kLengthBytes - length);
  } catch (const Error& e) {
    const auto cause = path.string() + ": not a safetensors file that can be used: " + e.cause();
    throw e.remedy().empty() ? Error(cause) : Error(cause, e.remedy());
  }
}

// The model that a component's weights belong to, as far as it can be seen.
std::string folder_of(const std::filesystem::path& weights) {
  const auto model = weights.parent_path().parent_path();
  return std::filesystem::exists(model / "model_index.json") ? model.string() : "FOLDER";
}

}  // namespace

SafetensorsView::SafetensorsView(const std::filesystem::path& path)
    : path_(path), file_(path), header_(read_header(path, file_.bytes())) {
  for (std::size_t i = 0; i < header_.tensors.size(); ++i) {
    index_.emplace(header_.tensors[i].name, i);
  }
}

const TensorEntry* SafetensorsView::find(const std::string& name) const {
  const auto at = index_.find(name);
  return at == index_.end() ? nullptr : &header_.tensors[at->second];
}

const TensorEntry& SafetensorsView::entry(const std::string& name) const {
  if (const auto* found = find(name)) return *found;
  throw Error(path_.string() + ": has no tensor \"" + name + "\"");
}

std::string_view SafetensorsView::bytes(const TensorEntry& entry) const {
  return file_.bytes().substr(header_.data_offset + entry.begin, entry.end - entry.begin);
}

void refuse_pickle(const std::filesystem::path& path, std::string_view first_bytes) {
  constexpr const char* kEndings[] = {".ckpt", ".bin", ".pt", ".pth", ".pkl"};
  const bool named = std::any_of(std::begin(kEndings), std::end(kEndings),
                                 [&](const char* ending) { return path.extension() == ending; });
  // torch.save writes a zip archive; before 1.6 it was a bare pickle of protocol 2.
  const bool zipped = first_bytes.substr(0, 4) == std::string_view("PK\x03\x04", 4);
  const bool pickled = first_bytes.substr(0, 2) == std::string_view("\x80\x02", 2) &&
                       first_bytes.substr(3, 5) != std::string_view("\0\0\0\0\0", 5);
  if (!named && !zipped && !pickled) return;
  const bool is_part = path.extension() == ".bin";
  throw Error(path.string() + ": is a pickle, which can run programs when it is read",
              "convert " + std::string(is_part ? "the model's folder" : "it") +
                  " where you trust it: python -c \"from diffusers import StableDiffusionPipeline "
                  "as P; P." +
                  (is_part ? "from_pretrained('" + folder_of(path) + "')"
                           : "from_single_file('" + path.filename().string() + "')") +
                  ".save_pretrained('model')\"; then name the folder 'model'");
}

}  // namespace diffusion
