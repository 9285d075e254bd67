#include "pictures/picture_notes.h"

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "pictures/jpeg_markers.h"
#include "pictures/png_chunks.h"
#include "pictures/webp_chunks.h"

namespace pictures {
namespace {

using namespace std::string_view_literals;

struct Found {
  std::string exif, xmp, icc;
};

// Nothing for damage and for more than kMaxNoteBytes.
std::optional<std::string> inflated(std::string_view packed) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string result;
  int state = Z_OK;
  while (state == Z_OK && result.size() <= kMaxNoteBytes) {
    char piece[4096];
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof piece;
    state = inflate(&stream, Z_NO_FLUSH);
    result.append(piece, sizeof piece - stream.avail_out);
  }
  inflateEnd(&stream);
  if (state != Z_STREAM_END || result.size() > kMaxNoteBytes) return std::nullopt;
  return result;
}

// Cuts `rest` behind its first zero and returns what stands before it.
std::string_view up_to_zero(std::string_view& rest) {
  const auto end = rest.find('\0');
  const auto word = rest.substr(0, end);
  rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
  return word;
}

// After three lines (nothing, "exif", the size): hexadecimal digits in lines.
std::string from_raw_profile(std::string_view text) {
  for (int line = 0; line < 3; ++line) {
    const auto end = text.find('\n');
    if (end == text.npos) return "";
    text.remove_prefix(end + 1);
  }
  std::string bytes;
  int half = -1;
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    const auto digit = "0123456789abcdef"sv.find(static_cast<char>(c | 0x20));
    if (digit == std::string_view::npos) return "";
    if (half < 0) {
      half = static_cast<int>(digit);
    } else {
      bytes += static_cast<char>(half << 4 | static_cast<int>(digit));
      half = -1;
    }
  }
  return bytes;
}

void take_text(std::string_view keyword, std::string text, Found& found) {
  if (keyword == "Raw profile type exif"sv && found.exif.empty()) {
    found.exif = from_raw_profile(text);
  } else if (keyword == "XML:com.adobe.xmp"sv) {
    found.xmp = std::move(text);
  }
}

void take_itxt(std::string_view rest, Found& found) {
  const auto keyword = up_to_zero(rest);
  if (rest.size() < 2) return;
  const bool packed = rest[0] != 0;
  rest.remove_prefix(2);  // flag and method
  up_to_zero(rest);       // language
  up_to_zero(rest);       // the keyword, translated
  if (auto text = packed ? inflated(rest) : std::string(rest)) {
    take_text(keyword, *std::move(text), found);
  }
}

// zTXt and iCCP: a name, a zero, the method, and packed bytes.
std::pair<std::string_view, std::string> unpacked(std::string_view rest) {
  const auto name = up_to_zero(rest);
  if (rest.empty() || rest[0] != 0) return {name, ""};
  return {name, inflated(rest.substr(1)).value_or("")};
}

Found of_png(std::string_view bytes) {
  Found found;
  PngChunks chunks(bytes);
  while (const auto chunk = chunks.next()) {
    if (chunk->type == "eXIf"sv) found.exif = chunk->data;
    if (chunk->type == "iCCP"sv) found.icc = unpacked(chunk->data).second;
    if (chunk->type == "iTXt"sv) take_itxt(chunk->data, found);
    if (chunk->type == "tEXt"sv) {
      auto rest = chunk->data;
      const auto keyword = up_to_zero(rest);
      take_text(keyword, std::string(rest), found);
    }
    if (chunk->type == "zTXt"sv) {
      auto [keyword, text] = unpacked(chunk->data);
      take_text(keyword, std::move(text), found);
    }
    if (chunk->type == "IEND"sv) break;
  }
  return found;
}

// Each part: its number, how many there are, bytes. In any order; one that misses spoils them all.
std::string joined(std::vector<std::string_view> parts) {
  std::sort(parts.begin(), parts.end(), [](auto a, auto b) {
    return static_cast<unsigned char>(a[0]) < static_cast<unsigned char>(b[0]);
  });
  std::string icc;
  for (const auto part : parts) {
    if (static_cast<unsigned char>(part[1]) != parts.size()) return "";
    icc += part.substr(2);
  }
  return icc;
}

Found of_jpeg(std::string_view bytes) {
  constexpr unsigned char kApplication1 = 0xe1, kApplication2 = 0xe2, kScan = 0xda;
  constexpr auto kExif = "Exif\0\0"sv, kXmp = "http://ns.adobe.com/xap/1.0/\0"sv,
                 kIcc = "ICC_PROFILE\0"sv;
  Found found;
  std::vector<std::string_view> parts;
  JpegMarkers markers(bytes);
  while (const auto segment = markers.next()) {
    const auto data = segment->data;
    if (segment->marker == kScan) break;
    if (segment->marker == kApplication1 && data.starts_with(kExif)) {
      found.exif += data.substr(kExif.size());  // more than one segment are one structure
    } else if (segment->marker == kApplication1 && data.starts_with(kXmp)) {
      found.xmp = data.substr(kXmp.size());
    } else if (segment->marker == kApplication2 && data.starts_with(kIcc) &&
               data.size() >= kIcc.size() + 2) {
      parts.push_back(data.substr(kIcc.size()));
    }
  }
  found.icc = joined(std::move(parts));
  return found;
}

Found of_webp(std::string_view bytes) {
  Found found;
  const auto has = webp_features(bytes);
  auto chunks = WebpChunks::of_file(bytes);
  while (const auto chunk = chunks.next()) {
    if (has.exif && chunk->name == "EXIF"sv) found.exif = chunk->data;
    if (has.xmp && chunk->name == "XMP "sv) found.xmp = chunk->data;
    if (has.icc && chunk->name == "ICCP"sv) found.icc = chunk->data;
  }
  return found;
}

Found found_in(std::string_view bytes, Format format) {
  switch (format) {
    case Format::jpeg: return of_jpeg(bytes);
    case Format::png: return of_png(bytes);
    case Format::webp: return of_webp(bytes);
  }
  return {};
}

}  // namespace

PictureNotes read_notes(std::string_view bytes, Format format) {
  auto found = found_in(bytes, format);
  auto orientation = exif_orientation(found.exif);
  if (!orientation) orientation = xmp_orientation(found.xmp);
  return {.orientation = orientation.value_or(kUpright), .icc = std::move(found.icc)};
}

}  // namespace pictures
