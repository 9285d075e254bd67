#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <string>

#include <jpeglib.h>

#include <jerror.h>

#include "pictures/stored_picture.h"

namespace pictures {
namespace {

// libjpeg reports an error by a call that may not return: it jumps back to `back`.
struct Failure {
  jpeg_error_mgr base;
  std::jmp_buf back;
};

void jump_back(j_common_ptr jpeg) {
  std::longjmp(reinterpret_cast<Failure*>(jpeg->err)->back, 1);
}

void say_nothing(j_common_ptr, int) {}

class Jpeg {
 public:
  Jpeg() {
    info.err = ::jpeg_std_error(&failure.base);
    failure.base.error_exit = jump_back;
    failure.base.emit_message = say_nothing;
  }
  ~Jpeg() { ::jpeg_destroy_decompress(&info); }
  Jpeg(const Jpeg&) = delete;
  Jpeg& operator=(const Jpeg&) = delete;

  jpeg_decompress_struct info{};
  Failure failure{};
};

// Each of these jumps: nothing with a destructor may come to life in them.

bool read_header(Jpeg& jpeg, std::string_view bytes) {
  if (setjmp(jpeg.failure.back) != 0) return false;
  jpeg_create_decompress(&jpeg.info);
  ::jpeg_mem_src(&jpeg.info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  ::jpeg_read_header(&jpeg.info, TRUE);
  if (jpeg.info.num_components == 4) jpeg.info.out_color_space = JCS_CMYK;
  return true;
}

bool start(Jpeg& jpeg) {
  if (setjmp(jpeg.failure.back) != 0) return false;
  ::jpeg_start_decompress(&jpeg.info);
  return true;
}

bool read_rows(Jpeg& jpeg, std::uint8_t* to) {
  if (setjmp(jpeg.failure.back) != 0) return false;
  auto& info = jpeg.info;
  const auto stride =
      std::size_t{info.output_width} * static_cast<std::size_t>(info.output_components);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = to + info.output_scanline * stride;
    ::jpeg_read_scanlines(&info, &row, 1);
  }
  return true;
}

[[noreturn]] void refuse(Jpeg& jpeg) {
  const auto& error = jpeg.failure.base;
  if (error.msg_code == JERR_OUT_OF_MEMORY) throw PictureFault(kTooMuchMemory);
  char text[JMSG_LENGTH_MAX];
  error.format_message(reinterpret_cast<j_common_ptr>(&jpeg.info), text);
  const bool unsupported =
      error.msg_code == JERR_SOF_UNSUPPORTED || error.msg_code == JERR_BAD_PRECISION ||
      error.msg_code == JERR_ARITH_NOTIMPL || error.msg_code == JERR_CONVERSION_NOTIMPL;
  throw PictureFault((unsupported ? "is a kind of JPEG that cannot be decoded" : kDamaged) +
                     (" (" + std::string(text) + ")"));
}

Colours colours_of(const jpeg_decompress_struct& info) {
  switch (info.out_color_space) {
    case JCS_GRAYSCALE: return Colours::grey;
    case JCS_RGB: return Colours::rgb;
    case JCS_CMYK: return Colours::cmyk;
    default: throw PictureFault("has an unsupported number of colours");
  }
}

}  // namespace

StoredPicture decode_jpeg(std::string_view bytes, const PictureHeader& header) {
  Jpeg jpeg;
  if (!read_header(jpeg, bytes)) refuse(jpeg);
  const auto& info = jpeg.info;
  if (info.image_width != header.width || info.image_height != header.height) {
    throw PictureFault(kDamaged);
  }
  StoredPicture picture{.width = static_cast<int>(header.width),
                        .height = static_cast<int>(header.height),
                        .colours = colours_of(info),
                        .pixels = {},
                        .alpha = {}};
  if (!start(jpeg)) refuse(jpeg);
  picture.pixels.resize(picture.area() * static_cast<std::size_t>(picture.colours));
  if (!read_rows(jpeg, picture.pixels.data())) refuse(jpeg);
  if (picture.colours ==
      Colours::cmyk) {  // which all programs store as its opposite, as Adobe does
    for (auto& value : picture.pixels) value = static_cast<std::uint8_t>(255 - value);
  }
  return picture;
}

}  // namespace pictures
