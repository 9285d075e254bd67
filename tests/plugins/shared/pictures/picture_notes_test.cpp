#include "pictures/picture_notes.h"

#include <zlib.h>

#include <catch2/catch.hpp>
#include <string>

#include "pictures/png_chunks.h"

namespace {

using namespace std::string_view_literals;
using pictures::exif_orientation;
using pictures::Format;
using pictures::read_notes;
using pictures::xmp_orientation;

std::string chunk(const std::string& type, const std::string& data) {
  std::string length;
  for (int shift = 24; shift >= 0; shift -= 8) length += static_cast<char>(data.size() >> shift);
  return length + type + data + "sum.";
}

// A PNG whose profile has this many bytes when it is inflated.
std::string png_with_profile(std::size_t size) {
  const std::string profile(size, 'p');
  auto packed_size = compressBound(profile.size());
  std::string packed(packed_size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &packed_size,
           reinterpret_cast<const Bytef*>(profile.data()), profile.size());
  packed.resize(packed_size);
  return std::string(pictures::kPngSignature) + chunk("iCCP", std::string("it\0\0", 4) + packed);
}

}  // namespace

TEST_CASE("a profile of the most bytes is taken, and one byte more counts as none") {
  CHECK(read_notes(png_with_profile(pictures::kMaxNoteBytes), Format::png).icc.size() ==
        pictures::kMaxNoteBytes);
  CHECK(read_notes(png_with_profile(pictures::kMaxNoteBytes + 1), Format::png).icc.empty());
}

TEST_CASE("an orientation is 1 to 8, or there is none") {
  const auto tiff = [](char value) {
    return std::string("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18) + value +
           std::string(7, '\0');
  };
  CHECK(exif_orientation(tiff(1)) == 1);
  CHECK(exif_orientation(tiff(8)) == 8);
  CHECK_FALSE(exif_orientation(tiff(0)));
  CHECK_FALSE(exif_orientation(tiff(9)));
  CHECK_FALSE(exif_orientation(""));
  for (std::size_t size = 0; size < 19; ++size)
    CHECK_FALSE(exif_orientation(tiff(6).substr(0, size)));
}

TEST_CASE("XMP says the orientation as an attribute or an element") {
  CHECK(xmp_orientation("<x tiff:Orientation=\"6\"/>") == 6);
  CHECK(xmp_orientation("<x tiff:Orientation='6'/>") == 6);
  CHECK(xmp_orientation("<tiff:Orientation>3</tiff:Orientation>") == 3);
  CHECK_FALSE(xmp_orientation("<x tiff:Orientation=\"9\"/>"));
  CHECK_FALSE(xmp_orientation("<x tiff:Orientation=\""));
  CHECK_FALSE(xmp_orientation("tiff:Orientation"));
}
