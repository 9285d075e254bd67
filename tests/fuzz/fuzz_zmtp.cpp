#include <cstdlib>

#include "flow/relay/zmtp.h"

using namespace flow::relay;

// What a stranger says first: what is refused stays refused however it goes on, and no header
// reaches further than the bytes do.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto mechanism : {Mechanism::null, Mechanism::curve}) {
    Reading before = Reading::incomplete;
    for (std::size_t count = 0; count <= size && count <= kGreetingBytes; ++count) {
      const auto now = read_greeting(bytes.substr(0, count), mechanism);
      if (before == Reading::bad && now != Reading::bad) std::abort();
      before = now;
    }
  }
  FrameHeader header;
  while (read_frame_header(bytes, header) == Reading::good) {
    if (header.length > bytes.size() || (header.more && header.command)) std::abort();
    bytes.remove_prefix(header.length);
    const auto body = bytes.substr(0, header.size);
    if (command_name(body).size() > body.size()) std::abort();
    bytes.remove_prefix(body.size());
  }
  return 0;
}
