#include "diffusion/safetensors_header.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "diffusion/error.h"

namespace diffusion {
namespace {

constexpr std::pair<std::string_view, int> kDtypes[] = {
    {"BOOL", 8},    {"U8", 8},          {"I8", 8},          {"F8_E4M3", 8}, {"F8_E5M2", 8},
    {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"F4", 4},      {"F6_E2M3", 6},
    {"F6_E3M2", 6}, {"I16", 16},        {"U16", 16},        {"F16", 16},    {"BF16", 16},
    {"I32", 32},    {"U32", 32},        {"F32", 32},        {"I64", 64},    {"U64", 64},
    {"F64", 64},    {"C64", 64}};

// Reads the header as it streams by, so that its size in memory is that of what it describes and
// a key that stands twice is seen.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  SafetensorsHeader header;

  bool start_object(std::size_t) override {
    if (depth_ == 0) {
      depth_ = 1;
    } else if (depth_ == 1) {
      depth_ = 2;
      fields_.clear();
      in_metadata_ = top_key_ == "__metadata__";
      if (!in_metadata_) header.tensors.push_back({top_key_, "", {}, 0, 0});
    } else {
      fail("holds an object where none belongs");
    }
    return true;
  }

  bool key(string_t& name) override {
    auto& seen = depth_ == 1 ? names_ : fields_;
    if (!seen.insert(name).second) fail("the key \"" + name + "\" stands twice");
    (depth_ == 1 ? top_key_ : field_) = name;
    if (depth_ == 2 && !in_metadata_ && name != "dtype" && name != "shape" &&
        name != "data_offsets") {
      fail("has the unknown field \"" + name + "\"");
    }
    return true;
  }

  bool end_object() override {
    if (depth_ == 2 && !in_metadata_) finish_tensor();
    --depth_;
    return true;
  }

  bool string(string_t& value) override {
    if (depth_ == 2 && in_metadata_) {
      header.metadata[field_] = value;
    } else if (depth_ == 2 && field_ == "dtype" && !in_array_) {
      header.tensors.back().dtype = value;
    } else {
      fail("has a text where none belongs");
    }
    return true;
  }

  bool start_array(std::size_t) override {
    if (depth_ != 2 || in_metadata_ || in_array_ || field_ == "dtype") {
      fail("has a list where none belongs");
    }
    in_array_ = true;
    return true;
  }

  bool end_array() override {
    in_array_ = false;
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (!in_array_) fail("has a number where none belongs");
    if (field_ == "shape") {
      add_dimension(value);
    } else {
      offsets_.push_back(value);
      if (offsets_.size() > 2) fail("data_offsets must be two numbers");
    }
    return true;
  }

  bool number_integer(number_integer_t) override { fail("has a negative number"); }
  bool number_float(number_float_t, const string_t&) override { fail("has a number with a point"); }
  bool null() override { fail("has a null"); }
  bool boolean(bool) override { fail("has a truth value"); }
  bool binary(binary_t&) override { fail("has binary data"); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& e) override {
    throw Error("the header is not JSON at byte " + std::to_string(position) + ": " + e.what());
  }

 private:
  void add_dimension(std::uint64_t value) {
    auto& shape = header.tensors.back().shape;
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      fail("has a dimension that is too large");
    }
    if (shape.size() == kMaxDimensions) fail("has too many dimensions");
    shape.push_back(static_cast<std::int64_t>(value));
  }

  void finish_tensor() {
    if (fields_.size() != 3) fail("must have dtype, shape and data_offsets");
    if (offsets_.size() != 2) fail("data_offsets must be two numbers");
    header.tensors.back().begin = offsets_[0];
    header.tensors.back().end = offsets_[1];
    offsets_.clear();
  }

  [[noreturn]] void fail(const std::string& cause) const {
    throw Error(top_key_.empty() ? "the header " + cause
                                 : "the header's entry \"" + top_key_ + "\" " + cause);
  }

  int depth_ = 0;
  bool in_metadata_ = false;
  bool in_array_ = false;
  std::string top_key_, field_;
  std::set<std::string> names_, fields_;
  std::vector<std::uint64_t> offsets_;
};

[[noreturn]] void fail(const TensorEntry& tensor, const std::string& cause) {
  throw Error("tensor \"" + tensor.name + "\": " + cause);
}

std::uint64_t bytes_of(const TensorEntry& tensor) {
  const int bits = bits_of_dtype(tensor.dtype);
  if (bits == 0) fail(tensor, "dtype \"" + tensor.dtype + "\" is not one of the format's");
  std::uint64_t count = 1;
  for (const auto size : tensor.shape) {
    if (__builtin_mul_overflow(count, static_cast<std::uint64_t>(size), &count)) {
      fail(tensor, "the product of its shape is too large");
    }
  }
  std::uint64_t total_bits = 0;
  if (__builtin_mul_overflow(count, static_cast<std::uint64_t>(bits), &total_bits)) {
    fail(tensor, "its size in bits is too large");
  }
  if (total_bits % 8 != 0) fail(tensor, "does not fill whole bytes");
  return total_bits / 8;
}

void check_layout(const std::vector<TensorEntry>& tensors, std::uint64_t data_bytes) {
  std::uint64_t position = 0;
  for (const auto& tensor : tensors) {
    if (tensor.begin > tensor.end) fail(tensor, "its data end before they begin");
    if (tensor.begin != position) fail(tensor, "its data leave a hole or overlap with others");
    if (tensor.end - tensor.begin != bytes_of(tensor)) {
      fail(tensor, "its data have another size than its dtype and shape");
    }
    position = tensor.end;
  }
  if (position != data_bytes) {
    throw Error("the tensors end at byte " + std::to_string(position) + " of the data, but the " +
                "file has " + std::to_string(data_bytes) + "; it may have been cut short");
  }
}

}  // namespace

int bits_of_dtype(std::string_view dtype) {
  for (const auto& [name, bits] : kDtypes) {
    if (name == dtype) return bits;
  }
  return 0;
}

std::uint64_t header_length(std::string_view first_bytes, std::uint64_t file_bytes) {
  if (first_bytes.size() < kLengthBytes || file_bytes < kLengthBytes) {
    throw Error("the file is too short for a safetensors header");
  }
  std::uint64_t length = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;) {
    length = length << 8 | static_cast<unsigned char>(first_bytes[i]);
  }
  if (length > kMaxHeaderBytes) {
    throw Error("the header claims " + std::to_string(length) + " bytes; at most " +
                std::to_string(kMaxHeaderBytes) + " are read");
  }
  if (length > file_bytes - kLengthBytes) throw Error("the header is longer than the file");
  return length;
}

SafetensorsHeader parse_header(std::string_view json, std::uint64_t data_bytes) {
  if (json.empty() || json.front() != '{') throw Error("the header does not start with {");
  HeaderReader reader;
  nlohmann::json::sax_parse(json.begin(), json.end(), &reader);
  auto& header = reader.header;
  std::sort(header.tensors.begin(), header.tensors.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  check_layout(header.tensors, data_bytes);
  header.data_offset = kLengthBytes + json.size();
  return std::move(header);
}

std::string write_header(std::vector<TensorEntry>& tensors,
                         const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  if (!metadata.empty()) json["__metadata__"] = metadata;
  std::uint64_t position = 0;
  for (auto& tensor : tensors) {
    tensor.begin = position;
    tensor.end = position += bytes_of(tensor);
    json[tensor.name] = {{"dtype", tensor.dtype},
                         {"shape", tensor.shape},
                         {"data_offsets", {tensor.begin, tensor.end}}};
  }
  std::string text = json.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string result;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    result += static_cast<char>(text.size() >> (8 * i) & 0xFF);
  }
  return result + text;
}

}  // namespace diffusion
