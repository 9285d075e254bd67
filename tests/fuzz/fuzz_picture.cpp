#include <cstdlib>

#include "pictures/open_picture.h"
#include "pictures/picture_limits.h"
#include "pictures/picture_notes.h"

namespace {

// Larger ones are the libraries' work alone, and slow.
constexpr std::int64_t kMostPixels = 128 * 128;

void check(const pictures::PictureHeader& header, const pictures::OpenedPicture& picture) {
  const auto area = static_cast<std::size_t>(header.width * header.height);
  const bool turned = picture.width == header.height && picture.height == header.width;
  if (!turned && (picture.width != header.width || picture.height != header.height)) std::abort();
  if (picture.rgb.size() != area * 3) std::abort();
  if (!picture.alpha.empty() && picture.alpha.size() != area) std::abort();
}

}  // namespace

// What passes the checks before decoding is within the limits, and what is decoded has the size
// that the header says.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const auto header = pictures::check_picture(bytes);
    const auto pixels = header.width * header.height;
    if (pixels > pictures::kMaxPixels) std::abort();
    const int way = pictures::read_notes(bytes, header.format).orientation;
    if (way < 1 || way > 8) std::abort();
    if (pixels <= kMostPixels) check(header, pictures::open_picture(bytes));
  } catch (const pictures::PictureFault&) {
  }
  return 0;
}
