#include <utility>

#include "schemas/codec.h"
#include "schemas/header.h"
#include "schemas/utf8.h"
#include "schemas/version_note.h"

namespace schemas {
namespace {

bool is_kind(std::uint64_t kind) {
  return (kind >= 1 && kind <= 5) || (kind >= 16 && kind <= 21) || (kind >= 32 && kind <= 40) ||
         (kind >= 48 && kind <= 51);
}

// Takes the fields as MessagePack's parser comes to them: each packet has a header, and a tree of
// its fields took longer than all else that is done with it.
class HeaderReader : public msgpack::null_visitor {
 public:
  bool start_map(std::uint32_t) {
    if (std::exchange(in_map_, true)) refuse_value();
    return true;
  }
  bool start_map_key() { return is_key_ = true; }
  bool end_map_key() {
    is_key_ = false;
    return true;
  }
  bool visit_str(const char* text, std::uint32_t size) {
    if (is_key_) {
      take_key({text, size});
    } else if (auto* field = text_field()) {
      if (!is_utf8({text, size})) throw CodecError(std::string(1, key_) + " is not UTF-8");
      field->assign(text, size);
    } else {
      refuse_value();
    }
    return true;
  }
  bool visit_positive_integer(std::uint64_t number) {
    auto* field = number_field();
    if (is_key_ || field == nullptr) refuse_value();
    *field = number;
    return true;
  }
  bool visit_boolean(bool value) {
    if (is_key_ || key_ != 'l') refuse_value();
    header_.last = value;
    return true;
  }
  bool visit_nil() { refuse_value(); }
  bool visit_negative_integer(std::int64_t) { refuse_value(); }
  bool visit_float32(float) { refuse_value(); }
  bool visit_float64(double) { refuse_value(); }
  bool visit_bin(const char*, std::uint32_t) { refuse_value(); }
  bool visit_ext(const char*, std::uint32_t) { refuse_value(); }
  bool start_array(std::uint32_t) { refuse_value(); }

  Header finish() && {
    if (version_ != kProtocol) {
      throw CodecError("protocol " + std::to_string(version_) + ", this side speaks " +
                       std::to_string(kProtocol) + version_note());
    }
    if (kind_ == 0) throw CodecError("the header has no kind");
    if (!is_kind(kind_)) throw CodecError("unknown kind " + std::to_string(kind_));
    header_.kind = static_cast<Kind>(kind_);
    return std::move(header_);
  }

 private:
  [[noreturn]] void refuse_value() const {
    throw CodecError(!in_map_  ? "the header is not a map"
                     : is_key_ ? "a key of the header is not a string"
                               : "a header field has a value of the wrong type");
  }

  void take_key(std::string_view name) {
    if (name.size() != 1) throw CodecError("unknown header field");
    key_ = name.front();
    if (text_field() == nullptr && number_field() == nullptr && key_ != 'l') {
      const std::string shown = is_utf8(name) ? " '" + std::string(name) + "'" : "";
      throw CodecError("unknown header field" + shown + version_note());
    }
    const auto bit = 1u << (key_ - 'a');
    if ((seen_ & bit) != 0) {
      throw CodecError("the field '" + std::string(name) + "' is there twice");
    }
    seen_ |= bit;
  }

  // Where the value of the present key belongs; nullptr for one of another type, and for no field.
  std::string* text_field() {
    switch (key_) {
      case 'j': return &header_.job;
      case 'r': return &header_.root;
      case 'e': return &header_.endpoint;
      case 't': return &header_.type;
      case 'o': return &header_.owner;
      case 'q': return &header_.key;
      case 'w': return &header_.credential;
      default: return nullptr;
    }
  }
  std::uint64_t* number_field() {
    switch (key_) {
      case 'v': return &version_;
      case 'k': return &kind_;
      case 'i': return &header_.id;
      case 'a': return &header_.epoch;
      case 's': return &header_.seq;
      case 'h': return &header_.hop;
      case 'f': return &header_.from_step;
      case 'd': return &header_.deadline_ms;
      case 'b': return &header_.bytes;
      case 'g': return &header_.batch;
      case 'c': return &header_.count;
      case 'p': return &header_.channel;
      case 'm': return &header_.memory;
      case 'n': return &header_.passed;
      default: return nullptr;
    }
  }

  Header header_;
  std::uint64_t version_ = 0, kind_ = 0;
  char key_ = 0;
  std::uint32_t seen_ = 0;  // bit n: the letter n
  bool in_map_ = false, is_key_ = false;
};

}  // namespace

Header decode_header(std::string_view bytes) {
  if (bytes.size() > kMaxHeaderBytes) throw CodecError("the header frame is too large");
  HeaderReader reader;
  std::size_t offset = 0;
  if (!msgpack::parse(bytes.data(), bytes.size(), offset, reader)) {
    throw CodecError("the header is cut short, or no MessagePack");
  }
  if (offset != bytes.size()) throw CodecError("bytes are left over after the header");
  return std::move(reader).finish();
}

}  // namespace schemas
