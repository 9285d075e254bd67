#include "flow/relay/zmtp.h"

#include <catch2/catch.hpp>

using namespace flow::relay;

namespace {

std::string frame_header(unsigned char flags, std::uint64_t size, int bytes) {
  std::string text(1, static_cast<char>(flags));
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    text += static_cast<char>(size >> shift);
  return text;
}

}  // namespace

TEST_CASE("a greeting is taken when it is whole, and refused at its first wrong byte") {
  for (const auto mechanism : {Mechanism::null, Mechanism::curve}) {
    const std::string good = greeting_of(mechanism);
    REQUIRE(good.size() == kGreetingBytes);
    for (std::size_t size = 0; size < good.size(); ++size) {
      CHECK(read_greeting(good.substr(0, size), mechanism) == Reading::incomplete);
    }
    CHECK(read_greeting(good, mechanism) == Reading::good);
    CHECK(read_greeting(good + "more", mechanism) == Reading::good);
  }
}

TEST_CASE("greetings of older versions, other mechanisms and other protocols are refused") {
  const std::string good = greeting_of(Mechanism::curve);
  CHECK(read_greeting("G", Mechanism::curve) == Reading::bad);  // of GET
  CHECK(read_greeting(greeting_of(Mechanism::null), Mechanism::curve) == Reading::bad);
  CHECK(read_greeting(good, Mechanism::null) == Reading::bad);
  auto text = good;
  text[9] = '\x7e';
  CHECK(read_greeting(text.substr(0, 10), Mechanism::curve) == Reading::bad);
  text = good;
  text[10] = 2;
  CHECK(read_greeting(text.substr(0, 11), Mechanism::curve) == Reading::bad);
  text = good;
  text[17] = 'D';  // CURVED
  CHECK(read_greeting(text, Mechanism::curve) == Reading::bad);
}

TEST_CASE("a frame's header says its size in one byte or in eight") {
  FrameHeader header;
  CHECK(read_frame_header("", header) == Reading::incomplete);
  CHECK(read_frame_header(frame_header(1, 255, 1), header) == Reading::good);
  CHECK(header.more);
  CHECK_FALSE(header.command);
  CHECK(header.size == 255);
  CHECK(header.length == 2);
  const auto large = frame_header(6, ~0ULL, 8);
  CHECK(read_frame_header(large.substr(0, 8), header) == Reading::incomplete);
  CHECK(read_frame_header(large, header) == Reading::good);
  CHECK(header.command);
  CHECK(header.size == ~0ULL);
  CHECK(header.length == 9);
}

TEST_CASE("flags that ZMTP does not have are refused, and a command with more") {
  FrameHeader header;
  for (int flags = 0; flags < 256; ++flags) {
    const bool good = flags < 8 && flags != 5 && flags != 7;
    const auto text = frame_header(static_cast<unsigned char>(flags), 0, 8);
    CAPTURE(flags);
    CHECK((read_frame_header(text, header) == Reading::good) == good);
  }
}

TEST_CASE("a command's name is read, and no further than the body goes") {
  CHECK(command_name("\x05READY...") == "READY");
  CHECK(command_name("\x05READY") == "READY");
  CHECK(command_name("\x05READ").empty());
  CHECK(command_name("").empty());
  CHECK(command_name(std::string("\0", 1)).empty());
}
