#include "diffusion/formats/safetensors_header.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>
#include <utility>

#include "diffusion/formats/diffusion_error.h"
#include "executor/files/json_text.h"

namespace diffusion {
namespace {

constexpr const char* kMetadata = "__metadata__";
constexpr const char* kAgain = "download it again";
// Objects and lists within one another, the header itself included; serde_json's limit.
constexpr int kMaxDepth = 127;

constexpr std::pair<std::string_view, int> kDtypes[] = {
    {"BOOL", 8},    {"U8", 8},          {"I8", 8},          {"F8_E4M3", 8}, {"F8_E5M2", 8},
    {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"F4", 4},      {"F6_E2M3", 6},
    {"F6_E3M2", 6}, {"I16", 16},        {"U16", 16},        {"F16", 16},    {"BF16", 16},
    {"I32", 32},    {"U32", 32},        {"F32", 32},        {"I64", 64},    {"U64", 64},
    {"F64", 64},    {"C64", 64}};

// Reads the header as it streams by, so that its size in memory is that of what it describes. What
// is accepted is what serde makes of the reference implementation's types: the fields of a tensor
// by name or in their order, a dtype also as {"F32": null}, unknown fields passed over, the last of
// several tensors of one name.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReader(std::string_view text) : text_(text) {}

  SafetensorsHeader header;

  bool start_object(std::size_t) override {
    enter();
    switch (place_) {
      case Place::top: place_ = Place::names; break;
      case Place::names:
        in_metadata_ = top_key_ == kMetadata;
        if (!in_metadata_) start_tensor();
        place_ = in_metadata_ ? Place::metadata : Place::fields;
        break;
      case Place::fields:
      case Place::sequence:
        if (next_field() == Field::unknown) return skip();
        if (field_ != Field::dtype) fail("holds an object where none belongs");
        place_ = Place::dtype_object;
        break;
      case Place::skipped: break;
      default: fail("holds an object where none belongs");
    }
    return true;
  }

  bool key(string_t& name) override {
    switch (place_) {
      case Place::names:
        top_key_ = name;
        if (name == kMetadata && std::exchange(metadata_seen_, true)) fail("stands twice");
        break;
      case Place::metadata: metadata_key_ = name; break;
      case Place::fields:
        field_ = name == "dtype"          ? Field::dtype
                 : name == "shape"        ? Field::shape
                 : name == "data_offsets" ? Field::offsets
                                          : Field::unknown;
        break;
      case Place::dtype_object:
        set_dtype(name);
        place_ = Place::dtype_value;
        break;
      case Place::skipped: break;
      default: fail("holds a key where none belongs");
    }
    return true;
  }

  bool end_object() override {
    --depth_;
    switch (place_) {
      case Place::skipped: leave_skipped(); break;
      case Place::fields:
        finish_tensor();
        place_ = Place::names;
        break;
      case Place::metadata: place_ = Place::names; break;
      case Place::dtype_done: place_ = within_tensor(); break;
      case Place::names: place_ = Place::end; break;
      default: fail("has a dtype that is none");
    }
    return true;
  }

  bool start_array(std::size_t) override {
    enter();
    if (place_ == Place::skipped) return true;
    if (place_ == Place::names && top_key_ != kMetadata) {
      start_tensor();
      as_sequence_ = true;
      place_ = Place::sequence;
      return true;
    }
    if (place_ != Place::fields && place_ != Place::sequence) fail("has a list where none belongs");
    if (next_field() == Field::unknown) return skip();
    if (field_ == Field::dtype) fail("has a list where the dtype belongs");
    place_ = Place::numbers;
    return true;
  }

  bool end_array() override {
    --depth_;
    if (place_ == Place::skipped) {
      leave_skipped();
    } else if (place_ == Place::numbers) {
      place_ = within_tensor();
    } else {
      finish_tensor();
      place_ = Place::names;
    }
    return true;
  }

  bool string(string_t& value) override {
    if (place_ == Place::metadata) {
      header.metadata[metadata_key_] = value;
      if (header.metadata.size() > kMaxMetadata) fail("has too many entries");
    } else if (!is_ignored()) {
      if (place_ == Place::numbers || field_ != Field::dtype) fail("has a text where none belongs");
      set_dtype(value);
    }
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ != Place::numbers) return ignore("a number");
    if (field_ == Field::shape) {
      tensor_.shape.push_back(value);
      if (tensor_.shape.size() > kMaxShape) fail("has too many dimensions");
    } else {
      offsets_.push_back(value);
      if (offsets_.size() > 2) fail("data_offsets must be two numbers");
    }
    return true;
  }

  bool null() override {
    if (place_ == Place::names && top_key_ == kMetadata) return true;
    if (place_ != Place::dtype_value) return ignore("a null");
    place_ = Place::dtype_done;
    return true;
  }

  bool number_integer(number_integer_t) override { return ignore("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    return ignore("a number with a point");
  }
  bool boolean(bool) override { return ignore("a truth value"); }
  bool binary(binary_t&) override { return ignore("binary data"); }
  bool parse_error(std::size_t byte, const std::string&,
                   const nlohmann::detail::exception& e) override {
    throw Error("the header is not JSON: " + files::json_fault(text_, byte, e));
  }

 private:
  enum class Place {
    top,           // before the header's object
    names,         // in it
    metadata,      // in the object of __metadata__
    fields,        // in a tensor's object
    sequence,      // in a tensor that is a list
    numbers,       // in shape or data_offsets
    dtype_object,  // in {"F32": null}, before the key
    dtype_value,   // before the null
    dtype_done,    // behind it
    skipped,       // in the value of an unknown field
    end
  };
  enum class Field { dtype, shape, offsets, unknown };

  const std::string_view text_;

  void enter() {
    if (++depth_ > kMaxDepth) fail("nests too deep");
  }

  bool skip() {
    skipped_from_ = depth_;
    place_ = Place::skipped;
    return true;
  }
  void leave_skipped() {
    if (depth_ < skipped_from_) place_ = within_tensor();
  }

  // True for a value that nobody asked for; in a list of fields every one is asked for.
  bool is_ignored() {
    if (place_ == Place::skipped) return true;
    if (place_ == Place::fields || place_ == Place::sequence) {
      return next_field() == Field::unknown;
    }
    if (place_ == Place::numbers) return false;
    fail("has a value where none belongs");
  }
  bool ignore(const char* what) {
    if (!is_ignored()) fail(std::string("has ") + what + " where none belongs");
    return true;
  }

  void start_tensor() {
    tensor_ = {top_key_, "", {}, 0, 0};
    offsets_.clear();
    seen_.clear();
    as_sequence_ = false;
  }

  // The field whose value begins; the names of an object's fields came as keys.
  Field next_field() {
    if (place_ == Place::sequence) {
      if (seen_.size() == 3) fail("has more than dtype, shape and data_offsets");
      field_ = static_cast<Field>(seen_.size());
    }
    if (field_ != Field::unknown && !seen_.insert(field_).second) fail("has a field twice");
    return field_;
  }

  Place within_tensor() const { return as_sequence_ ? Place::sequence : Place::fields; }

  void set_dtype(const std::string& name) {
    if (bits_of_dtype(name) == 0) fail("has the dtype \"" + name + "\", which the format has not");
    tensor_.dtype = name;
  }

  void finish_tensor() {
    if (seen_.size() != 3) fail("must have dtype, shape and data_offsets");
    if (offsets_.size() != 2) fail("data_offsets must be two numbers");
    tensor_.begin = offsets_[0];
    tensor_.end = offsets_[1];
    const auto [at, fresh] = index_.emplace(top_key_, header.tensors.size());
    if (fresh) {
      header.tensors.push_back(std::move(tensor_));
      if (header.tensors.size() > kMaxTensors) fail("is one tensor too many");
    } else {
      header.tensors[at->second] = std::move(tensor_);
    }
  }

  [[noreturn]] void fail(const std::string& cause) const {
    throw Error(top_key_.empty() ? "the header " + cause
                                 : "the header's entry \"" + top_key_ + "\" " + cause);
  }

  Place place_ = Place::top;
  int depth_ = 0, skipped_from_ = 0;
  bool in_metadata_ = false, metadata_seen_ = false, as_sequence_ = false;
  Field field_ = Field::unknown;
  std::string top_key_, metadata_key_;
  TensorEntry tensor_;
  std::set<Field> seen_;
  std::vector<std::uint64_t> offsets_;
  std::unordered_map<std::string, std::size_t> index_;
};

[[noreturn]] void fail(const TensorEntry& tensor, const std::string& cause) {
  throw Error("tensor \"" + tensor.name + "\": " + cause);
}

std::uint64_t bytes_of(const TensorEntry& tensor) {
  const int bits = bits_of_dtype(tensor.dtype);
  if (bits == 0) fail(tensor, "dtype \"" + tensor.dtype + "\" is not one of the format's");
  std::uint64_t count = 1;
  for (const auto size : tensor.shape) {
    if (__builtin_mul_overflow(count, size, &count)) {
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
  if (position > data_bytes) {
    throw Error("the file has been cut short: its last " + std::to_string(position - data_bytes) +
                    " bytes are missing",
                kAgain);
  }
  if (position < data_bytes) {
    throw Error(std::to_string(data_bytes - position) +
                    " bytes follow the last tensor: something " +
                    "was appended to the file, or it was overwritten in part",
                kAgain);
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
  // What nlohmann's reader would pass over or take for the end.
  const auto start = json.find_first_not_of(" \t\r\n");
  if (start == json.npos || json[start] != '{') throw Error("the header does not start with {");
  if (json.find('\0') != json.npos) throw Error("the header holds a zero byte");
  HeaderReader reader(json);
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
