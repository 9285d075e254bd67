#include "pictures/colour_space.h"

#include <lcms2.h>

#include <memory>
#include <utility>

namespace pictures {
namespace {

struct CloseProfile {
  void operator()(void* profile) const { ::cmsCloseProfile(profile); }
};
struct DeleteTransform {
  void operator()(void* transform) const { ::cmsDeleteTransform(transform); }
};
using Profile = std::unique_ptr<void, CloseProfile>;
using Transform = std::unique_ptr<void, DeleteTransform>;

cmsColorSpaceSignature space_of(Colours colours) {
  switch (colours) {
    case Colours::grey: return cmsSigGrayData;
    case Colours::rgb: return cmsSigRgbData;
    case Colours::cmyk: return cmsSigCmykData;
  }
  return {};
}

cmsUInt32Number layout_of(Colours colours) {
  switch (colours) {
    case Colours::grey: return TYPE_GRAY_8;
    case Colours::rgb: return TYPE_RGB_8;
    case Colours::cmyk: return TYPE_CMYK_8;
  }
  return {};
}

Transform transform_of(Colours colours, const std::string& icc) {
  if (icc.empty()) return nullptr;
  const Profile from(::cmsOpenProfileFromMem(icc.data(), static_cast<cmsUInt32Number>(icc.size())));
  if (!from || ::cmsGetColorSpace(from.get()) != space_of(colours)) return nullptr;
  const Profile srgb(::cmsCreate_sRGBProfile());
  if (!srgb) return nullptr;
  return Transform(::cmsCreateTransform(from.get(), layout_of(colours), srgb.get(), TYPE_RGB_8,
                                        INTENT_PERCEPTUAL, 0));
}

void repeat_grey(const std::uint8_t* grey, std::size_t count, std::uint8_t* rgb) {
  for (std::size_t i = 0; i < count * 3; ++i) rgb[i] = grey[i / 3];
}

void mix_inks(const std::uint8_t* cmyk, std::size_t count, std::uint8_t* rgb) {
  for (std::size_t i = 0; i < count; ++i, cmyk += 4, rgb += 3) {
    for (int c = 0; c < 3; ++c) {
      rgb[c] = static_cast<std::uint8_t>(((255 - cmyk[c]) * (255 - cmyk[3]) + 127) / 255);
    }
  }
}

}  // namespace

std::vector<std::uint8_t> to_srgb(Colours colours, std::vector<std::uint8_t> pixels,
                                  const std::string& icc) {
  const auto transform = transform_of(colours, icc);
  if (!transform && colours == Colours::rgb) return pixels;
  const auto count = pixels.size() / static_cast<std::size_t>(colours);
  std::vector<std::uint8_t> rgb(count * 3);
  if (transform) {
    ::cmsDoTransform(transform.get(), pixels.data(), rgb.data(),
                     static_cast<cmsUInt32Number>(count));
  } else if (colours == Colours::grey) {
    repeat_grey(pixels.data(), count, rgb.data());
  } else {
    mix_inks(pixels.data(), count, rgb.data());
  }
  return rgb;
}

}  // namespace pictures
