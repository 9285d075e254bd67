#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <new>
#include <string>

#include "pictures/png_chunks.h"
#include "pictures/stored_picture.h"

namespace pictures {
namespace {

struct Source {
  std::string_view rest;
  char error[120] = "";
};

void read_bytes(png_structp png, png_bytep to, std::size_t count) {
  auto& source = *static_cast<Source*>(png_get_io_ptr(png));
  if (count > source.rest.size()) png_error(png, "the file ends");
  std::memcpy(to, source.rest.data(), count);
  source.rest.remove_prefix(count);
}

void jump_back(png_structp png, png_const_charp text) {
  auto& source = *static_cast<Source*>(png_get_error_ptr(png));
  std::strncpy(source.error, text, sizeof source.error - 1);
  png_longjmp(png, 1);
}

void say_nothing(png_structp, png_const_charp) {}

class Png {
 public:
  explicit Png(std::string_view bytes) : source{.rest = bytes} {
    png = ::png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, jump_back, say_nothing);
    if (png == nullptr) throw std::bad_alloc();
    info = ::png_create_info_struct(png);
  }
  ~Png() { ::png_destroy_read_struct(&png, &info, nullptr); }
  Png(const Png&) = delete;
  Png& operator=(const Png&) = delete;

  png_structp png = nullptr;
  png_infop info = nullptr;
  Source source;
  int passes = 1;
};

// Each of these jumps: nothing with a destructor may come to life in them.

// Sets up that rows have 1 to 4 bytes a pixel: grey or RGB, with alpha where the file has any kind
// of transparency.
bool read_header(Png& reader) {
  const auto png = reader.png;
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  ::png_set_read_fn(png, &reader.source, read_bytes);
  ::png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);  // but pixels and tRNS
  ::png_read_info(png, reader.info);
  ::png_set_expand(png);
  ::png_set_scale_16(png);
  reader.passes = ::png_set_interlace_handling(png);
  ::png_read_update_info(png, reader.info);
  return true;
}

bool read_pass(Png& reader, int height, std::size_t stride, std::uint8_t* to) {
  if (setjmp(png_jmpbuf(reader.png)) != 0) return false;
  for (int y = 0; y < height; ++y) {
    ::png_read_row(reader.png, to + static_cast<std::size_t>(y) * stride, nullptr);
  }
  return true;
}

bool read_end(Png& reader) {
  if (setjmp(png_jmpbuf(reader.png)) != 0) return false;
  ::png_read_end(reader.png, nullptr);
  return true;
}

[[noreturn]] void refuse(const Png& reader) {
  const std::string error = reader.source.error;
  if (error.find("memory") != error.npos) throw PictureFault(kTooMuchMemory);
  throw PictureFault(std::string(kDamaged) + " (" + error + ")");
}

// Moves the last of `channels` bytes of each pixel into `alpha`.
void split_alpha(StoredPicture& picture, std::size_t channels) {
  auto& pixels = picture.pixels;
  picture.alpha.resize(picture.area());
  for (std::size_t i = 0; i < picture.alpha.size(); ++i) {
    std::copy_n(&pixels[i * channels], channels - 1, &pixels[i * (channels - 1)]);
    // Behind the copy, which goes to the left of this byte.
    picture.alpha[i] = pixels[i * channels + channels - 1];
  }
  pixels.resize(picture.area() * (channels - 1));
}

}  // namespace

StoredPicture decode_png(std::string_view bytes, const PictureHeader& header) {
  Png reader(bytes);
  if (reader.info == nullptr) throw std::bad_alloc();
  if (!read_header(reader)) refuse(reader);
  if (::png_get_image_width(reader.png, reader.info) != header.width ||
      ::png_get_image_height(reader.png, reader.info) != header.height) {
    throw PictureFault(kDamaged);
  }
  const std::size_t channels = ::png_get_channels(reader.png, reader.info);
  StoredPicture picture{.width = static_cast<int>(header.width),
                        .height = static_cast<int>(header.height),
                        .colours = channels < 3 ? Colours::grey : Colours::rgb,
                        .pixels = {},
                        .alpha = {}};
  const auto stride = static_cast<std::size_t>(picture.width) * channels;
  if (::png_get_rowbytes(reader.png, reader.info) != stride) throw PictureFault(kDamaged);
  picture.pixels.resize(stride * static_cast<std::size_t>(picture.height));
  for (int pass = 0; pass < reader.passes; ++pass) {
    if (!read_pass(reader, picture.height, stride, picture.pixels.data())) refuse(reader);
  }
  if (!read_end(reader)) refuse(reader);
  if (channels % 2 == 0) split_alpha(picture, channels);
  return picture;
}

}  // namespace pictures
