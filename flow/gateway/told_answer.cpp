#include "flow/gateway/told_answer.h"

#include "schemas/codec.h"

namespace flow {
namespace {

constexpr std::string_view kOwner = "owner";

class Teller {
 public:
  Teller(const std::string& owner, const Discretion& discretion)
      : owner_(owner), discretion_(discretion), packer_(packed_) {}

  void tell(const msgpack::object& value, std::string_view field = "") {
    switch (value.type) {
      case msgpack::type::MAP:
        packer_.pack_map(value.via.map.size);
        for (const auto& [name, each] : value.via.map) {
          packer_.pack(name);
          tell(each, name.as<std::string_view>());
        }
        return;
      case msgpack::type::ARRAY:
        packer_.pack_array(value.via.array.size);
        for (const auto& each : value.via.array) tell(each, field);
        return;
      case msgpack::type::STR: return tell_text(value.as<std::string_view>(), field);
      default: packer_.pack(value);
    }
  }

  bool is_changed() const { return changed_; }
  std::string text() const { return packed_.bytes; }

 private:
  void tell_text(std::string_view text, std::string_view field) {
    std::string_view told = text;
    if (text.starts_with('/') && discretion_.text(text) == Discretion::kPath) {
      told = Discretion::kPath;
    }
    if (field == kOwner && text != owner_) told = "";
    changed_ = changed_ || told != text;
    packer_.pack(told);
  }

  const std::string& owner_;
  const Discretion& discretion_;
  schemas::PackedBytes packed_;
  msgpack::packer<schemas::PackedBytes> packer_;
  bool changed_ = false;
};

}  // namespace

std::optional<std::string> told_answer(std::string_view body, const std::string& owner,
                                       const Discretion& discretion) {
  if (body.find('/') == body.npos && body.find(kOwner) == body.npos) return std::nullopt;
  try {
    const auto handle = schemas::parse(body);
    Teller teller(owner, discretion);
    teller.tell(handle.get());
    return teller.is_changed() ? std::optional(teller.text()) : std::nullopt;
  } catch (const schemas::CodecError&) {
    return std::nullopt;  // no client can read it either
  }
}

}  // namespace flow
