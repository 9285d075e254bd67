#include "executor/files/random_id.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <set>
#include <string>

TEST_CASE("a random id is its prefix and 16 hexadecimal digits, and does not come again") {
  std::set<std::string> seen;
  for (int turn = 0; turn < 1000; ++turn) {
    const auto id = files::random_id("j-");
    REQUIRE(id.size() == 18);
    CHECK(id.starts_with("j-"));
    CHECK(id.find_first_not_of("0123456789abcdef", 2) == id.npos);
    CHECK(seen.insert(id).second);
  }
}

TEST_CASE("the copy of a process has random ids of its own") {
  files::random_id("j-");  // what is left of the kernel's last answer is in both
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t copy = ::fork();
  if (copy == 0) {
    const auto id = files::random_id("j-");
    _exit(::write(pipe[1], id.data(), id.size()) == static_cast<ssize_t>(id.size()) ? 0 : 1);
  }
  std::string of_copy(18, ' ');
  REQUIRE(::read(pipe[0], of_copy.data(), of_copy.size()) == 18);
  int status = 1;
  REQUIRE(::waitpid(copy, &status, 0) == copy);
  CHECK(status == 0);
  CHECK(of_copy != files::random_id("j-"));
  ::close(pipe[0]);
  ::close(pipe[1]);
}
