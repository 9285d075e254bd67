#include "flow/server/listeners.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/flow/access/scratch.h"

TEST_CASE("an ipc socket is its owner's alone, however loose the umask") {
  const access_test::Scratch scratch;
  const auto file = scratch / "gateway.sock";
  zmq::context_t context;
  const mode_t before = ::umask(0);
  {
    const flow::Listeners listeners(context, {"ipc://" + file.string()}, {});
    struct stat info {};
    REQUIRE(::stat(file.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0700);
    CHECK(::umask(0) == 0);  // as it was
  }
  ::umask(before);
}
