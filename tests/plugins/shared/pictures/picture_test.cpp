#include "pictures/picture.h"

#include <catch2/catch.hpp>
#include <string>

#include "made_pictures.h"

namespace {

int red_at(const pictures::SquarePicture& picture, int x, int y) {
  return picture.rgb[static_cast<std::size_t>((y * picture.side + x) * 3)];
}

}  // namespace

TEST_CASE("a picture becomes a square of the asked side in RGB order, shrunk or grown") {
  for (const std::string format : {"png", "jpg", "webp"}) {
    for (const int size : {32, 64, 200}) {
      const auto picture =
          pictures::decode_square(made::plain(format, size + 40, size, 40, 90, 200), 64);
      REQUIRE(picture.rgb.size() == 64 * 64 * 3);
      CHECK(picture.rgb[0] == Approx(200).margin(4));
      CHECK(picture.rgb[1] == Approx(90).margin(4));
      CHECK(picture.rgb[2] == Approx(40).margin(4));
    }
  }
}

TEST_CASE("a JPEG is turned as its EXIF orientation says") {
  // As stored, the left half is black.
  const auto upright = pictures::decode_square(made::jpeg_with_orientation(64, 64, 1), 64);
  CHECK(red_at(upright, 8, 32) < 20);
  CHECK(red_at(upright, 56, 32) > 235);
  const auto half_turn = pictures::decode_square(made::jpeg_with_orientation(64, 64, 3), 64);
  CHECK(red_at(half_turn, 8, 32) > 235);
  const auto quarter_turn = pictures::decode_square(made::jpeg_with_orientation(64, 64, 6), 64);
  CHECK(red_at(quarter_turn, 32, 8) < 20);
  CHECK(red_at(quarter_turn, 32, 56) > 235);
}

TEST_CASE("transparency becomes white") {
  const auto picture = pictures::decode_square(made::half_transparent_png(64), 64);
  CHECK(red_at(picture, 8, 32) == 255);
  CHECK(red_at(picture, 56, 32) == 0);
}

TEST_CASE("16 bits become 8 and grey becomes colour") {
  const auto picture = pictures::decode_square(made::grey_16_bit_png(64, 100 * 257), 64);
  CHECK(picture.rgb[0] == 100);
  CHECK(picture.rgb[1] == 100);
  CHECK(picture.rgb[2] == 100);
}

TEST_CASE("a picture with damaged data is refused") {
  auto png = made::plain("png", 64, 64);
  const auto data = png.find("IDAT") + 8;
  for (std::size_t i = data; i < data + 16; ++i) png[i] = static_cast<char>(~png[i]);
  CHECK_THROWS_AS(pictures::decode_square(png, 64), pictures::PictureFault);
}
