#include "diffusion/formats/safetensors.h"

#include <ATen/ops/from_blob.h>
#include <c10/core/ScalarType.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/safetensors_header.h"
#include "diffusion/formats/safetensors_view.h"
#include "executor/files/durable_file.h"
#include "executor/files/sha256.h"

namespace diffusion {
namespace {

constexpr std::pair<std::string_view, at::ScalarType> kScalarTypes[] = {
    {"BOOL", at::kBool},          {"U8", at::kByte},          {"I8", at::kChar},
    {"I16", at::kShort},          {"U16", at::kUInt16},       {"F16", at::kHalf},
    {"BF16", at::kBFloat16},      {"I32", at::kInt},          {"U32", at::kUInt32},
    {"F32", at::kFloat},          {"I64", at::kLong},         {"U64", at::kUInt64},
    {"F64", at::kDouble},         {"C64", at::kComplexFloat}, {"F8_E4M3", at::kFloat8_e4m3fn},
    {"F8_E5M2", at::kFloat8_e5m2}};

at::ScalarType scalar_type(const TensorEntry& entry) {
  for (const auto& [name, type] : kScalarTypes) {
    if (name == entry.dtype) return type;
  }
  throw Error("tensor \"" + entry.name + "\": dtype " + entry.dtype + " is not supported");
}

std::string dtype_name(const std::string& tensor, at::ScalarType type) {
  for (const auto& [name, candidate] : kScalarTypes) {
    if (candidate == type) return std::string(name);
  }
  throw Error("tensor \"" + tensor + "\": its dtype has no name in a safetensors file");
}

// LibTorch counts in signed numbers, and has its own limit of dimensions.
std::vector<std::int64_t> sizes_of(const TensorEntry& entry) {
  std::vector<std::int64_t> sizes;
  for (const auto size : entry.shape) {
    if (size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      throw Error("tensor \"" + entry.name + "\": a dimension is too large");
    }
    sizes.push_back(static_cast<std::int64_t>(size));
  }
  if (sizes.size() > kMaxDimensions) {
    throw Error("tensor \"" + entry.name + "\": has too many dimensions");
  }
  return sizes;
}

struct Entry {
  TensorEntry header;
  at::Tensor tensor;
  at::ScalarType dtype;
};

using Tensors = std::map<std::string, at::Tensor>;

std::vector<Entry> ordered_entries(const Tensors& tensors,
                                   std::optional<at::ScalarType> float_dtype) {
  std::vector<Entry> entries;
  for (const auto& [name, tensor] : tensors) {
    const auto sizes = tensor.sizes();
    const auto dtype =
        tensor.is_floating_point() && float_dtype ? *float_dtype : tensor.scalar_type();
    entries.push_back(
        {{name, dtype_name(name, dtype), {sizes.begin(), sizes.end()}, 0, 0}, tensor, dtype});
  }
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return c10::elementSize(a.dtype) > c10::elementSize(b.dtype);
  });
  return entries;
}

void append_data(const std::vector<Entry>& entries, const files::Append& append) {
  for (const auto& entry : entries) {
    const auto data = entry.tensor.detach().cpu().to(entry.dtype).contiguous();
    append({static_cast<const char*>(data.const_data_ptr()), data.nbytes()});
  }
}

}  // namespace

struct SafetensorsFile::Content {
  explicit Content(const std::filesystem::path& path) : view(path) {
    for (const auto& tensor : view.tensors()) names.push_back(tensor.name);
  }

  SafetensorsView view;
  std::vector<std::string> names;
};

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : content_(std::make_shared<const Content>(path)) {}
SafetensorsFile::~SafetensorsFile() = default;
SafetensorsFile::SafetensorsFile(SafetensorsFile&&) noexcept = default;
SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&&) noexcept = default;

const std::vector<std::string>& SafetensorsFile::names() const {
  return content_->names;
}
bool SafetensorsFile::contains(const std::string& name) const {
  return content_->view.find(name) != nullptr;
}
const std::map<std::string, std::string>& SafetensorsFile::metadata() const {
  return content_->view.metadata();
}
const std::filesystem::path& SafetensorsFile::path() const {
  return content_->view.path();
}

at::Tensor SafetensorsFile::tensor(const std::string& name) const {
  const auto& view = content_->view;
  const TensorEntry& entry = view.entry(name);
  const auto options = at::TensorOptions().dtype(scalar_type(entry));
  char* data = view.file().data() + view.data_offset() + entry.begin;
  auto tensor = at::from_blob(
      data, sizes_of(entry), [keep = content_](void*) {}, options);
  // A header of odd length puts the data at addresses that the processor's loads may refuse.
  const bool aligned = reinterpret_cast<std::uintptr_t>(data) % tensor.element_size() == 0;
  return aligned ? tensor : tensor.clone();
}

void SafetensorsFile::forget(const std::string& name) const {
  const auto& view = content_->view;
  const TensorEntry& entry = view.entry(name);
  view.file().forget(view.data_offset() + entry.begin, view.data_offset() + entry.end);
}

void save_safetensors(const std::filesystem::path& path, const Tensors& tensors,
                      const std::map<std::string, std::string>& metadata,
                      std::optional<at::ScalarType> float_dtype) {
  const auto entries = ordered_entries(tensors, float_dtype);
  std::vector<TensorEntry> headers;
  for (const auto& entry : entries) headers.push_back(entry.header);
  const std::string header = write_header(headers, metadata);
  files::write_durably(path, [&](const files::Append& append) {
    append(header);
    append_data(entries, append);
  });
}

std::string hash_of_tensors(const Tensors& tensors, std::optional<at::ScalarType> float_dtype) {
  files::Sha256 hash;
  append_data(ordered_entries(tensors, float_dtype),
              [&](std::string_view bytes) { hash.add(bytes); });
  return hash.finish();
}

}  // namespace diffusion
