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
    throw Error(path.string() + ": not a safetensors file that can be used: " + e.what());
  }
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
  throw Error(
      path.string() + ": is a pickle, which can run programs when it is read; convert it " +
      "where you trust it: python -c \"from diffusers import StableDiffusionPipeline as P; " +
      "P.from_single_file('" + path.filename().string() +
      "').save_pretrained('model')\" for a checkpoint (.ckpt), P.from_pretrained(...) for " +
      "a folder of .bin files");
}

}  // namespace diffusion
