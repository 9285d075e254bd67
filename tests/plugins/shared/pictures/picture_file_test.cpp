#include "pictures/picture_file.h"

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>

#include "pictures/png_text.h"
#include "pictures/recipe.h"

namespace {

pictures::RgbPicture plain(int width, int height, std::uint8_t value) {
  return {width, height,
          std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 3), value)};
}

cv::Mat decoded(const std::string& png) {
  return cv::imdecode(std::vector<unsigned char>(png.begin(), png.end()), cv::IMREAD_COLOR);
}

schemas::DrawSettings settings() {
  schemas::DrawSettings settings;
  settings.version = "dog-1";
  settings.prompt = "a sks dog";
  settings.target_model = "private";
  settings.identifier = "sks";
  settings.category = "dog";
  settings.seeds = {7, 18446744073709551615u};
  settings.num_inference_steps = 25;
  settings.guidance_scale = 4;
  settings.scheduler = "ddim";
  return settings;
}

}  // namespace

TEST_CASE("a text in a PNG is read back, and the picture stays what it was") {
  const auto png = pictures::to_png(plain(20, 10, 77));
  for (const std::string text :
       {"a sks dog\nSteps: 25", "ein Fu\xc3\x9f", "\xe7\x8a\xac on the moon", ""}) {
    const auto with = pictures::with_png_text(png, "parameters", text);
    CHECK(pictures::png_text(with, "parameters") == text);
    CHECK_FALSE(pictures::png_text(with, "other"));
    const auto picture = decoded(with);
    REQUIRE(picture.size() == cv::Size(20, 10));
    CHECK(picture.at<cv::Vec3b>(5, 5) == cv::Vec3b(77, 77, 77));
  }
}

TEST_CASE("Latin-1 text is a tEXt chunk, and other text iTXt") {
  const auto png = pictures::to_png(plain(8, 8, 0));
  CHECK(pictures::with_png_text(png, "k", "Fu\xc3\x9f").find("tEXtk") != std::string::npos);
  CHECK(pictures::with_png_text(png, "k", "\xe7\x8a\xac").find("iTXtk") != std::string::npos);
  CHECK_THROWS_AS(pictures::with_png_text("no PNG", "k", "text"), std::invalid_argument);
}

TEST_CASE("a recipe is written as other programs read it") {
  auto s = settings();
  CHECK(pictures::recipe(s, 1, 64, 48) ==
        "a sks dog\nSteps: 25, Sampler: DDIM, CFG scale: 4, Seed: 18446744073709551615, "
        "Size: 64x48, Model: dog-1, Identifier: sks, Category: dog, Target model: private, "
        "Version: souvenir " SOUVENIR_VERSION);
  s.scheduler = "dpmsolver++-karras";
  CHECK_THAT(pictures::recipe(s, 0, 64, 64), Catch::Contains("Sampler: DPM++ 2M Karras, CFG"));
  s.negative_prompt = "blurred";
  s.category = "big, red: \"dog\"";
  const auto text = pictures::recipe(s, 0, 64, 64);
  CHECK_THAT(text, Catch::StartsWith("a sks dog\nNegative prompt: blurred\nSteps: 25"));
  CHECK_THAT(text, Catch::Contains(R"(Category: "big, red: \"dog\"")"));
}

TEST_CASE("a contact sheet is near to square, with white between the pictures") {
  std::vector<pictures::RgbPicture> pictures(5, plain(10, 8, 50));
  const auto sheet = pictures::contact_sheet(pictures);
  const int gap = pictures::kSheetGapPx;
  CHECK(sheet.width == 3 * 10 + 2 * gap);
  CHECK(sheet.height == 2 * 8 + gap);
  const auto at = [&](int x, int y) {
    return sheet.rgb[static_cast<std::size_t>((y * sheet.width + x) * 3)];
  };
  CHECK(at(0, 0) == 50);
  CHECK(at(10, 0) == 255);
  CHECK(at(10 + gap, 8 + gap) == 50);
  CHECK(at(sheet.width - 1, sheet.height - 1) == 255);  // no sixth picture
  const auto one = pictures::contact_sheet({plain(10, 8, 50)});
  CHECK(one.width == 10);
  CHECK(one.height == 8);
}
