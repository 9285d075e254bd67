#include "flow/relay/zmtp.h"

namespace flow::relay {
namespace {

constexpr unsigned char kMore = 1, kLarge = 2, kCommand = 4;
constexpr unsigned char kVersion = 3;
constexpr std::size_t kVersionAt = 10, kMechanismAt = 12, kMechanismBytes = 20;

unsigned char byte(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

std::string padded(Mechanism mechanism) {
  std::string name = mechanism == Mechanism::curve ? "CURVE" : "NULL";
  name.resize(kMechanismBytes, '\0');
  return name;
}

}  // namespace

std::string greeting_of(Mechanism mechanism) {
  std::string text = "\xff";
  text.append(7, '\0');
  text += "\x01\x7f\x03\x01" + padded(mechanism);
  text.resize(kGreetingBytes, '\0');
  return text;
}

Reading read_greeting(std::string_view bytes, Mechanism mechanism) {
  const bool signature =
      (bytes.empty() || byte(bytes, 0) == 0xff) && (bytes.size() <= 9 || (byte(bytes, 9) & 1) != 0);
  const bool version = bytes.size() <= kVersionAt || byte(bytes, kVersionAt) >= kVersion;
  if (!signature || !version) return Reading::bad;
  if (bytes.size() < kGreetingBytes) return Reading::incomplete;
  const auto name = bytes.substr(kMechanismAt, kMechanismBytes);
  return name == padded(mechanism) ? Reading::good : Reading::bad;
}

Reading read_frame_header(std::string_view bytes, FrameHeader& header) {
  if (bytes.empty()) return Reading::incomplete;
  const unsigned char flags = byte(bytes, 0);
  if ((flags & ~(kMore | kLarge | kCommand)) != 0) return Reading::bad;
  header.more = (flags & kMore) != 0;
  header.command = (flags & kCommand) != 0;
  if (header.more && header.command) return Reading::bad;
  header.length = (flags & kLarge) != 0 ? 9 : 2;
  if (bytes.size() < header.length) return Reading::incomplete;
  header.size = 0;
  for (std::size_t at = 1; at < header.length; ++at)
    header.size = header.size << 8 | byte(bytes, at);
  return Reading::good;
}

std::string_view command_name(std::string_view body) {
  if (body.empty() || body.size() <= byte(body, 0)) return "";
  return body.substr(1, byte(body, 0));
}

}  // namespace flow::relay
