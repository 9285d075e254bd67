#include "pictures/decoder.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "executor/files/temporary_folder.h"
#include "executor/sandbox/sanitized.h"
#include "made_pictures.h"
#include "pictures/picture.h"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// The bad decoder under the name of what it does.
class Bad {
 public:
  explicit Bad(const std::string& what) : program_(folder_ / what) {
    fs::create_symlink(BAD_DECODER, program_);
  }
  const fs::path& program() const { return program_; }

 private:
  files::TemporaryFolder folder_;
  fs::path program_;
};

std::string fault_of(pictures::Decoder& decoder, const std::string& bytes) {
  try {
    decoder.decode_square(bytes, 64);
  } catch (const pictures::PictureFault& fault) {
    return fault.what();
  }
  return "";
}

}  // namespace

TEST_CASE("another process decodes to the same pixels") {
  pictures::Decoder decoder;
  for (const std::string format : {"png", "jpg", "webp"}) {
    const auto bytes = made::plain(format, 90, 70);
    const auto there = decoder.decode_square(bytes, 64);
    CHECK(there.side == 64);
    CHECK(there.rgb == pictures::decode_square(bytes, 64).rgb);
  }
}

TEST_CASE("a damaged picture is refused with the decoder's words, and the next one is decoded") {
  auto png = made::plain("png", 64, 64);
  const auto data = png.find("IDAT") + 8;
  for (std::size_t i = data; i < data + 16; ++i) png[i] = static_cast<char>(~png[i]);
  pictures::Decoder decoder;
  CHECK(fault_of(decoder, png).starts_with("cannot be decoded: its data is damaged"));
  CHECK(fault_of(decoder, "no picture").find("JPEG, PNG or WebP") != std::string::npos);
  CHECK(fault_of(decoder, made::plain("png", 64, 64)).empty());
}

TEST_CASE("a decoder that crashes, leaves or lies costs its picture alone") {
  const auto good = made::plain("png", 64, 64);
  for (const auto& [what, text] : {std::pair{"crashes", "Aborted"},
                                   {"leaves", "exit code 7"},
                                   {"lies", "breaks the decoder"}}) {
    const Bad bad(what);
    pictures::Decoder decoder({}, bad.program());
    CHECK(fault_of(decoder, good).find(text) != std::string::npos);
    CHECK(fault_of(decoder, good).find(text) != std::string::npos);  // by a new process
  }
}

TEST_CASE("a decoder that hangs is ended after its time") {
  const Bad bad("hangs");
  pictures::Decoder decoder({.time = 200ms}, bad.program());
  const auto start = Clock::now();
  CHECK(fault_of(decoder, made::plain("png", 64, 64)) == "takes longer than 200 ms to decode");
  CHECK(Clock::now() - start < 5s);
}

TEST_CASE("the largest picture is decoded within the memory, and not within a little") {
  const auto largest = made::grey_16_bit_png(4096, 1000);
  pictures::Decoder enough;
  CHECK(fault_of(enough, largest).empty());
  pictures::Decoder little({.bytes = 40 * 1024 * 1024});
  if (!sandbox::kSanitized) CHECK(fault_of(little, largest) == pictures::kTooMuchMemory);
  CHECK(fault_of(little, made::plain("png", 64, 64)).empty());
}

TEST_CASE("a decoder that is not there is an error of this installation, not of the picture") {
  pictures::Decoder decoder({}, "/nowhere/souvenir-decode");
  CHECK_THROWS_AS(decoder.decode_square(made::plain("png", 64, 64), 64), std::system_error);
}

TEST_CASE("what decoding in another process costs", "[!benchmark]") {
  const auto bytes = made::plain("jpg", 1024, 1024);
  const auto ms = [](auto from) {
    return std::chrono::duration<double, std::milli>(Clock::now() - from).count();
  };
  auto from = Clock::now();
  pictures::Decoder decoder;
  decoder.decode_square(bytes, 512);
  const double first_ms = ms(from);
  from = Clock::now();
  for (int i = 0; i < 20; ++i) decoder.decode_square(bytes, 512);
  const double there_ms = ms(from) / 20;
  from = Clock::now();
  for (int i = 0; i < 20; ++i) pictures::decode_square(bytes, 512);
  WARN("first " << first_ms << " ms, then " << there_ms << " ms a picture; in this process "
                << ms(from) / 20 << " ms");
}
