#include "pictures/picture_header.h"

#include <string>

#include "pictures/jpeg_markers.h"
#include "pictures/picture_limits.h"
#include "pictures/png_chunks.h"

namespace pictures {
namespace {

using namespace std::string_view_literals;

constexpr auto kJpegSignature = "\xff\xd8\xff"sv;
constexpr char kCutOff[] = "is cut off: the file ends before the picture does";
constexpr char kNoPicture[] = "is not a JPEG, PNG or WebP picture";

// What lies about under a picture's name, by its first bytes.
struct Signature {
  std::size_t at;
  std::string_view bytes;
  const char* name;
};
constexpr Signature kOthers[] = {
    {4, "ftyphei", "HEIC"},
    {4, "ftyphev", "HEIC"},
    {4, "ftypmif1", "HEIC"},
    {4, "ftypmsf1", "HEIC"},
    {4, "ftypavi", "AVIF"},
    {0, "GIF8", "GIF"},
    {0, "II*\0"sv, "TIFF or raw"},
    {0, "MM\0*"sv, "TIFF or raw"},
    {0, "BM", "BMP"},
    {4, "jP  \r\n", "JPEG 2000"},
    {0, "\xff\x0a", "JPEG XL"},
    {4, "JXL \r\n", "JPEG XL"},
    {0, "8BPS", "Photoshop"},
    {0, "%PDF", "PDF"},
    {0, "<svg", "SVG"},
    {0, "<?xml", "XML"},
    {0, "<!DOCTYPE", "a web page"},
    {0, "<html", "a web page"},
    {0, "version https://git-lfs", "a Git LFS pointer"},
};

[[noreturn]] void refuse_other(std::string_view bytes) {
  for (const auto& other : kOthers) {
    if (bytes.size() >= other.at && bytes.substr(other.at).starts_with(other.bytes)) {
      throw PictureFault(std::string(kNoPicture) + ", but " + other.name);
    }
  }
  throw PictureFault(kNoPicture);
}

std::string_view part(std::string_view bytes, std::size_t at, std::size_t size) {
  if (at > bytes.size() || bytes.size() - at < size) throw PictureFault(kCutOff);
  return bytes.substr(at, size);
}

std::int64_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::int64_t value = 0;
  for (const char c : part(bytes, at, size)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::int64_t little_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::int64_t value = 0;
  const auto digits = part(bytes, at, size);
  for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(digits[i]);
  return value;
}

PictureHeader png_header(std::string_view bytes) {
  if (part(bytes, 12, 4) != "IHDR") throw PictureFault("is not a PNG: it does not start with IHDR");
  return {Format::png, big_endian(bytes, 16, 4), big_endian(bytes, 20, 4)};
}

PictureHeader jpeg_header(std::string_view bytes) {
  JpegMarkers markers(bytes);
  while (const auto segment = markers.next()) {
    if (segment->is_frame()) {
      return {Format::jpeg, big_endian(segment->data, 3, 2), big_endian(segment->data, 1, 2)};
    }
  }
  throw PictureFault(kCutOff);
}

PictureHeader webp_header(std::string_view bytes) {
  const auto chunk = part(bytes, 12, 4);
  if (chunk == "VP8 ") {
    if (part(bytes, 23, 3) != "\x9d\x01\x2a"sv) throw PictureFault("has a damaged WebP header");
    return {Format::webp, little_endian(bytes, 26, 2) & 0x3fff,
            little_endian(bytes, 28, 2) & 0x3fff};
  }
  if (chunk == "VP8L") {
    if (part(bytes, 20, 1) != "\x2f"sv) throw PictureFault("has a damaged WebP header");
    const auto bits = little_endian(bytes, 21, 4);
    return {Format::webp, (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1};
  }
  if (chunk != "VP8X") throw PictureFault("has a damaged WebP header");
  constexpr std::int64_t kAnimated = 0x02;
  return {Format::webp, little_endian(bytes, 24, 3) + 1, little_endian(bytes, 27, 3) + 1,
          (little_endian(bytes, 20, 1) & kAnimated) != 0};
}

void check_png_complete(std::string_view bytes) {
  PngChunks chunks(bytes);
  while (const auto chunk = chunks.next()) {
    if (chunk->type == "IEND") return;
  }
  throw PictureFault(kCutOff);
}

void check_jpeg_complete(std::string_view bytes) {
  JpegMarkers markers(bytes);
  while (const auto segment = markers.next()) {
    if (segment->is_end()) return;
  }
  throw PictureFault(kCutOff);
}

}  // namespace

PictureHeader read_header(std::string_view bytes) {
  if (bytes.empty()) throw PictureFault("is empty: the file has no bytes");
  if (bytes.substr(0, kPngSignature.size()) == kPngSignature) return png_header(bytes);
  if (bytes.substr(0, kJpegSignature.size()) == kJpegSignature) return jpeg_header(bytes);
  const bool riff = bytes.size() >= 12 && bytes.substr(0, 4) == "RIFF"sv;
  if (riff && bytes.substr(8, 4) == "WEBP"sv) return webp_header(bytes);
  refuse_other(bytes);
}

void check_complete(std::string_view bytes, Format format) {
  if (format == Format::png) return check_png_complete(bytes);
  if (format == Format::jpeg) return check_jpeg_complete(bytes);
  part(bytes, 8, static_cast<std::size_t>(little_endian(bytes, 4, 4)));
}

void check_size(const PictureHeader& header) {
  const auto size = std::to_string(header.width) + "x" + std::to_string(header.height) + " pixels";
  if (header.width < kMinSidePx || header.height < kMinSidePx) {
    throw PictureFault("is " + size + "; each side must have at least " +
                       std::to_string(kMinSidePx));
  }
  if (header.width > kMaxSidePx || header.height > kMaxSidePx) {
    throw PictureFault("is " + size + "; each side may have at most " + std::to_string(kMaxSidePx));
  }
  if (header.width * header.height > kMaxPixels) {
    throw PictureFault("is " + size + "; a picture may have at most " + std::to_string(kMaxPixels) +
                       " pixels in all");
  }
}

PictureHeader check_picture(std::string_view bytes) {
  if (bytes.size() > kMaxPictureBytes) {
    throw PictureFault("has " + std::to_string(bytes.size()) +
                       " bytes; a picture may have at most " + std::to_string(kMaxPictureBytes));
  }
  const auto header = read_header(bytes);
  check_size(header);
  check_complete(bytes, header.format);
  return header;
}

}  // namespace pictures
