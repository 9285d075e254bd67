#include <webp/decode.h>

#include <algorithm>
#include <cstddef>

#include "pictures/stored_picture.h"
#include "pictures/webp_chunks.h"

namespace pictures {
namespace {

[[noreturn]] void refuse(VP8StatusCode status) {
  if (status == VP8_STATUS_OUT_OF_MEMORY) throw PictureFault(kTooMuchMemory);
  throw PictureFault(kDamaged);
}

std::vector<std::uint8_t> decode_rgba(std::string_view bytes, std::int64_t width,
                                      std::int64_t height) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  WebPDecoderConfig config;
  if (!::WebPInitDecoderConfig(&config)) throw PictureFault(kDamaged);
  const auto features = ::WebPGetFeatures(data, bytes.size(), &config.input);
  if (features != VP8_STATUS_OK) refuse(features);
  if (config.input.width != width || config.input.height != height) throw PictureFault(kDamaged);
  const auto stride = static_cast<std::size_t>(width) * 4;
  std::vector<std::uint8_t> rgba(stride * static_cast<std::size_t>(height));
  config.output.colorspace = MODE_RGBA;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {rgba.data(), static_cast<int>(stride), rgba.size()};
  const auto status = ::WebPDecode(data, bytes.size(), &config);
  ::WebPFreeDecBuffer(&config.output);
  if (status != VP8_STATUS_OK) refuse(status);
  return rgba;
}

// A frame of an animation may cover a part of the canvas.
struct Place {
  std::int64_t x = 0, y = 0, width = 0, height = 0;
};

void put(const std::vector<std::uint8_t>& rgba, const Place& place, StoredPicture& picture) {
  for (std::int64_t y = 0; y < place.height; ++y) {
    auto from = static_cast<std::size_t>(y * place.width) * 4;
    auto to = static_cast<std::size_t>((y + place.y) * picture.width + place.x);
    for (std::int64_t x = 0; x < place.width; ++x, from += 4, ++to) {
      std::copy_n(&rgba[from], 3, &picture.pixels[to * 3]);
      picture.alpha[to] = rgba[from + 3];
    }
  }
}

}  // namespace

StoredPicture decode_webp(std::string_view bytes, const PictureHeader& header) {
  StoredPicture picture{.width = static_cast<int>(header.width),
                        .height = static_cast<int>(header.height),
                        .colours = Colours::rgb,
                        .pixels = {},
                        .alpha = {}};
  Place place{.width = header.width, .height = header.height};
  const bool alpha = webp_features(bytes).alpha;
  std::string frame_file;
  if (header.animated) {
    auto frame = first_frame(bytes);
    if (!frame) throw PictureFault(kDamaged);
    if (frame->x + frame->width > header.width || frame->y + frame->height > header.height) {
      throw PictureFault(kDamaged);
    }
    place = {frame->x, frame->y, frame->width, frame->height};
    frame_file = std::move(frame->file);
    bytes = frame_file;
  }
  const auto rgba = decode_rgba(bytes, place.width, place.height);
  picture.pixels.resize(picture.area() * 3);
  picture.alpha.resize(picture.area());
  put(rgba, place, picture);
  if (!alpha) picture.alpha.clear();
  return picture;
}

}  // namespace pictures
