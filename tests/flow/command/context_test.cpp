#include "flow/command/context.h"

#include <catch2/catch.hpp>
#include <cstdlib>

namespace tests::command {
namespace {

// $USER as it is given while this lives.
class User {
 public:
  explicit User(const char* name) : known_(std::getenv("USER") != nullptr) {
    if (known_) before_ = std::getenv("USER");
    name == nullptr ? ::unsetenv("USER") : ::setenv("USER", name, 1);
  }
  ~User() { known_ ? ::setenv("USER", before_.c_str(), 1) : ::unsetenv("USER"); }
  User(const User&) = delete;
  User& operator=(const User&) = delete;

 private:
  bool known_;
  std::string before_;
};

// What the user's own shell calls them, read without owner()'s means; "" when there is no entry.
std::string name_in_the_password_file() {
  FILE* pipe = ::popen("id -nu 2>/dev/null", "r");
  REQUIRE(pipe != nullptr);
  char text[256] = {};
  const auto bytes = std::fread(text, 1, sizeof text - 1, pipe);
  ::pclose(pipe);
  return std::string(text, bytes > 0 ? bytes - 1 : 0);
}

}  // namespace

TEST_CASE("requests are in the name of $USER") {
  const User user("ann");
  CHECK(flow::command::owner() == "ann");
}

TEST_CASE("without $USER they are in the name of the process's user") {
  const std::string name = name_in_the_password_file();
  for (const char* absent : {static_cast<const char*>(nullptr), ""}) {
    const User user(absent);
    CHECK(flow::command::owner() == (name.empty() ? std::to_string(::getuid()) : name));
  }
}

}  // namespace tests::command
