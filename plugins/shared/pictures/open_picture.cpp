#include "pictures/open_picture.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "pictures/colour_space.h"
#include "pictures/picture_notes.h"
#include "pictures/stored_picture.h"

namespace pictures {
namespace {

StoredPicture decode(std::string_view bytes, const PictureHeader& header) {
  switch (header.format) {
    case Format::jpeg: return decode_jpeg(bytes, header);
    case Format::png: return decode_png(bytes, header);
    case Format::webp: return decode_webp(bytes, header);
  }
  throw PictureFault(kDamaged);
}

// What EXIF's numbers ask of a picture, in this order.
struct Turn {
  bool transpose, mirror_x, mirror_y;
};

Turn turn_of(int orientation) {
  switch (orientation) {
    case 2: return {false, true, false};
    case 3: return {false, true, true};
    case 4: return {false, false, true};
    case 5: return {true, false, false};
    case 6: return {true, true, false};
    case 7: return {true, true, true};
    case 8: return {true, false, true};
    default: return {false, false, false};
  }
}

// `bytes` for each pixel of a picture that is stored with this size.
std::vector<std::uint8_t> turned(const std::vector<std::uint8_t>& from, std::size_t width,
                                 std::size_t height, std::size_t bytes, const Turn& turn) {
  std::vector<std::uint8_t> result(from.size());
  const auto wide = turn.transpose ? height : width, high = turn.transpose ? width : height;
  auto to = result.begin();
  for (std::size_t y = 0; y < high; ++y) {
    for (std::size_t x = 0; x < wide; ++x) {
      const auto across = turn.mirror_x ? wide - 1 - x : x;
      const auto down = turn.mirror_y ? high - 1 - y : y;
      const auto pixel = turn.transpose ? across * width + down : down * width + across;
      to = std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(pixel * bytes), bytes, to);
    }
  }
  return result;
}

void stand_upright(OpenedPicture& picture, int orientation) {
  if (orientation == kUpright) return;
  const auto turn = turn_of(orientation);
  const auto width = static_cast<std::size_t>(picture.width);
  const auto height = static_cast<std::size_t>(picture.height);
  picture.rgb = turned(picture.rgb, width, height, 3, turn);
  if (!picture.alpha.empty()) picture.alpha = turned(picture.alpha, width, height, 1, turn);
  if (turn.transpose) std::swap(picture.width, picture.height);
}

}  // namespace

OpenedPicture open_picture(std::string_view bytes) {
  const auto header = check_picture(bytes);
  const auto notes = read_notes(bytes, header.format);
  auto stored = decode(bytes, header);
  OpenedPicture picture{.width = stored.width,
                        .height = stored.height,
                        .rgb = to_srgb(stored.colours, std::move(stored.pixels), notes.icc),
                        .alpha = std::move(stored.alpha)};
  const bool opaque = std::all_of(picture.alpha.begin(), picture.alpha.end(),
                                  [](std::uint8_t value) { return value == 255; });
  if (opaque) picture.alpha.clear();
  stand_upright(picture, notes.orientation);
  return picture;
}

}  // namespace pictures
