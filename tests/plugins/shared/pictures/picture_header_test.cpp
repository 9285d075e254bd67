#include "pictures/picture_header.h"

#include <catch2/catch.hpp>
#include <functional>

#include "made_pictures.h"
#include "pictures/picture_limits.h"

using pictures::Format;

namespace {

std::string fault_of(const std::string& bytes) {
  try {
    pictures::check_picture(bytes);
  } catch (const pictures::PictureFault& e) {
    return e.what();
  }
  return "";
}

std::string size_fault(std::int64_t width, std::int64_t height) {
  try {
    pictures::check_size({Format::png, width, height});
  } catch (const pictures::PictureFault& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("format and size are read off the header of every format") {
  for (const std::string format : {"png", "jpg", "webp"}) {
    const auto header = pictures::check_picture(made::plain(format, 70, 50));
    CHECK(header.width == 70);
    CHECK(header.height == 50);
  }
  CHECK(pictures::read_header(made::plain("png", 40, 40)).format == Format::png);
  CHECK(pictures::read_header(made::plain("jpg", 40, 40)).format == Format::jpeg);
  CHECK(pictures::read_header(made::plain("webp", 40, 40)).format == Format::webp);
}

TEST_CASE("the header of an extended WebP has its size, and says whether it is an animation") {
  const auto header = pictures::read_header(made::webp_header(300, 200, false));
  CHECK(header.width == 300);
  CHECK(header.height == 200);
  CHECK_FALSE(header.animated);
  CHECK(pictures::read_header(made::webp_header(300, 200, true)).animated);
}

TEST_CASE("a picture bomb is refused by its header alone") {
  CHECK_THAT(fault_of(made::png_header(20000, 20000)), Catch::Contains("20000x20000"));
  CHECK_THAT(fault_of(made::png_header(0xffffffffu, 0xffffffffu)), Catch::Contains("at most"));
}

TEST_CASE("sides and pixels are allowed up to their limits and refused one past them") {
  CHECK(size_fault(pictures::kMinSidePx, pictures::kMinSidePx).empty());
  CHECK_FALSE(size_fault(pictures::kMinSidePx - 1, pictures::kMinSidePx).empty());
  CHECK_FALSE(size_fault(pictures::kMinSidePx, pictures::kMinSidePx - 1).empty());
  CHECK_FALSE(size_fault(1, 1).empty());
  CHECK(size_fault(pictures::kMaxSidePx, 100).empty());
  CHECK_FALSE(size_fault(pictures::kMaxSidePx + 1, 100).empty());
  CHECK_FALSE(size_fault(100, pictures::kMaxSidePx + 1).empty());
  CHECK(size_fault(4096, 4096).empty());
  CHECK(4096 * 4096 == pictures::kMaxPixels);
  // The fewest pixels over the limit that two sides within it can make.
  CHECK_FALSE(size_fault(4096, 4097).empty());
}

TEST_CASE("a file may have the most bytes and not one more") {
  auto png = made::plain("png", 40, 40);
  png.resize(pictures::kMaxPictureBytes);  // what follows IEND does not count
  CHECK(fault_of(png).empty());
  png += '\0';
  CHECK_THAT(fault_of(png), Catch::Contains("may have at most 33554432"));
}

TEST_CASE("an empty file and a file that is no picture are refused") {
  CHECK_THAT(fault_of(""), Catch::Contains("is empty"));
  CHECK_THAT(fault_of("GIF89a and so on"), Catch::Contains("not a JPEG, PNG or WebP"));
  CHECK_THAT(fault_of(std::string("\0\0\0\x18"
                                  "ftypheic\0\0\0\0",
                                  16)),
             Catch::Contains("but HEIC"));
  CHECK_THAT(fault_of("<!DOCTYPE html>"), Catch::Contains("but a web page"));
  CHECK_THAT(fault_of("hello"), Catch::Contains("not a JPEG, PNG or WebP"));
  CHECK_THAT(fault_of("RIFF"), Catch::Contains("not a JPEG, PNG or WebP"));
}

TEST_CASE("every prefix of a picture is refused") {
  for (const std::string format : {"png", "jpg", "webp"}) {
    const auto whole = made::plain(format, 40, 33);
    REQUIRE(fault_of(whole).empty());
    for (std::size_t size = 0; size < whole.size(); ++size) {
      INFO(format << " cut to " << size << " of " << whole.size());
      const auto cut = fault_of(whole.substr(0, size));
      REQUIRE_FALSE(cut.empty());
      if (size > 16) REQUIRE_THAT(cut, Catch::Contains("is cut off"));
    }
  }
}
