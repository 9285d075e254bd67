#include "pictures/png_text.h"

#include <zlib.h>

#include <cstdint>
#include <functional>
#include <stdexcept>

namespace pictures {
namespace {

using namespace std::string_view_literals;

constexpr auto kSignature = "\x89PNG\r\n\x1a\n"sv;
constexpr std::size_t kChunkFrame = 12;  // length, type, CRC

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

std::size_t length_at(std::string_view png, std::size_t at) {
  std::size_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(png[at + i]);
  return value;
}

std::string chunk(std::string_view type, std::string_view data) {
  const std::string body = std::string(type) + std::string(data);
  const auto crc = crc32_z(0, reinterpret_cast<const unsigned char*>(body.data()), body.size());
  return big_endian(static_cast<std::uint32_t>(data.size())) + body +
         big_endian(static_cast<std::uint32_t>(crc));
}

/// Calls `visit(offset, type, data)` for each chunk until it says false.
void walk(std::string_view png,
          const std::function<bool(std::size_t, std::string_view, std::string_view)>& visit) {
  if (png.substr(0, kSignature.size()) != kSignature) throw std::invalid_argument("not a PNG");
  for (std::size_t at = kSignature.size(); png.size() - at >= kChunkFrame;) {
    const auto length = length_at(png, at);
    if (length > png.size() - at - kChunkFrame) break;
    if (!visit(at, png.substr(at + 4, 4), png.substr(at + 8, length))) return;
    at += kChunkFrame + length;
  }
}

// Nothing when a character has no place in Latin-1, or is a control that tEXt discourages.
std::optional<std::string> to_latin1(std::string_view utf8) {
  std::string result;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x80) {
      if (c < 0x20 && c != '\n') return std::nullopt;
      result += utf8[i];
    } else if ((c == 0xc2 || c == 0xc3) && i + 1 < utf8.size()) {
      result += static_cast<char>((c & 3) << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3f));
    } else {
      return std::nullopt;
    }
  }
  return result;
}

std::string from_latin1(std::string_view latin1) {
  std::string result;
  for (const char character : latin1) {
    const auto c = static_cast<unsigned char>(character);
    if (c >= 0x80) result += static_cast<char>(0xc0 | c >> 6);
    result += static_cast<char>(c < 0x80 ? c : 0x80 | (c & 0x3f));
  }
  return result;
}

// After the keyword of an iTXt chunk: flag, method, language, 0, translated keyword, 0, text.
std::optional<std::string> itxt_text(std::string_view rest) {
  if (rest.size() < 2 || rest[0] != 0) return std::nullopt;
  rest.remove_prefix(2);
  for (int i = 0; i < 2; ++i) {
    const auto end = rest.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(end + 1);
  }
  return std::string(rest);
}

}  // namespace

std::string with_png_text(std::string_view png, std::string_view keyword, std::string_view text) {
  std::optional<std::size_t> pixels;
  walk(png, [&](std::size_t at, std::string_view type, std::string_view) {
    if (type == "IDAT") pixels = at;
    return !pixels;
  });
  if (!pixels) throw std::invalid_argument("a PNG without pixels");
  const auto latin1 = to_latin1(text);
  const std::string key = std::string(keyword) + '\0';
  const auto added = latin1 ? chunk("tEXt", key + *latin1)
                            : chunk("iTXt", key + std::string(4, '\0') + std::string(text));
  return std::string(png.substr(0, *pixels)) + added + std::string(png.substr(*pixels));
}

std::optional<std::string> png_text(std::string_view png, std::string_view keyword) {
  std::optional<std::string> result;
  walk(png, [&](std::size_t, std::string_view type, std::string_view data) {
    const auto end = data.find('\0');
    if (end == std::string_view::npos || data.substr(0, end) != keyword) return true;
    if (type == "tEXt") result = from_latin1(data.substr(end + 1));
    if (type == "iTXt") result = itxt_text(data.substr(end + 1));
    return !result;
  });
  return result;
}

}  // namespace pictures
