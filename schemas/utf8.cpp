#include "schemas/utf8.h"

#include <cstddef>
#include <cstdint>

namespace schemas {
namespace {

// Length of the sequence that starts with `lead`, 0 when no sequence does.
std::size_t sequence_length(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

bool second_byte_fits(std::uint8_t lead, std::uint8_t second) {
  if (lead == 0xE0) return second >= 0xA0;  // else overlong
  if (lead == 0xED) return second <= 0x9F;  // else a surrogate
  if (lead == 0xF0) return second >= 0x90;  // else overlong
  if (lead == 0xF4) return second <= 0x8F;  // else past U+10FFFF
  return true;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    const std::size_t length = sequence_length(lead);
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<std::uint8_t>(text[i + k]);
      if ((next & 0xC0) != 0x80) return false;
      if (k == 1 && !second_byte_fits(lead, next)) return false;
    }
    i += length;
  }
  return true;
}

}  // namespace schemas
