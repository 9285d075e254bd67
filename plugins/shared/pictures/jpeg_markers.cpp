#include "pictures/jpeg_markers.h"

namespace pictures {
namespace {

// SOI, EOI, RST0 to RST7 and TEM have no length.
bool stands_alone(unsigned char marker) {
  return (marker >= 0xd0 && marker <= 0xd9) || marker == 1;
}

}  // namespace

bool JpegSegment::is_frame() const {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

std::optional<JpegSegment> JpegMarkers::next() {
  const auto byte = [this](std::size_t at) { return static_cast<unsigned char>(bytes_[at]); };
  // A marker is FF and a byte that is neither 00 (an FF of the data) nor FF (filling).
  while (at_ + 1 < bytes_.size() &&
         (byte(at_) != 0xff || byte(at_ + 1) == 0 || byte(at_ + 1) == 0xff)) {
    ++at_;
  }
  if (at_ + 1 >= bytes_.size()) return std::nullopt;
  const unsigned char marker = byte(at_ + 1);
  at_ += 2;
  if (stands_alone(marker)) return JpegSegment{marker, {}};
  if (bytes_.size() - at_ < 2) return std::nullopt;
  const std::size_t length = static_cast<std::size_t>(byte(at_)) << 8 | byte(at_ + 1);
  if (length < 2 || length > bytes_.size() - at_) return std::nullopt;
  const auto data = bytes_.substr(at_ + 2, length - 2);
  at_ += length;
  return JpegSegment{marker, data};
}

}  // namespace pictures
