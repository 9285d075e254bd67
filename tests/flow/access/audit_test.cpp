#include "flow/access/audit.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/flow/access/scratch.h"

using namespace flow::access;

namespace {

/// No file of this process grows beyond `bytes` meanwhile: writes end there, as on a full disk.
class Room {
 public:
  explicit Room(rlim_t bytes) : before_(std::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit_) == 0);
    const rlimit tight{bytes, limit_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  }
  ~Room() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, before_);
  }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

 private:
  rlimit limit_{};
  void (*before_)(int);
};

}  // namespace

TEST_CASE("the audit has a line for each verdict, in a file of its owner alone") {
  const access_test::Scratch scratch;
  Audit audit(scratch / "access/audit.log");
  audit.write({5, Link::curve, "ann", "key 1f2e", "request /generate", ""});
  audit.write({6, Link::own, "bob\n\xff", "ipc", "stop", "only administrators may"});
  audit.flush();
  std::istringstream lines(access_test::text_of(scratch / "access/audit.log"));
  std::string line;
  std::getline(lines, line);
  const auto first = nlohmann::json::parse(line);
  CHECK(first["who"] == "ann");
  CHECK(first["link"] == "curve");
  CHECK(first["verdict"] == "allowed");
  std::getline(lines, line);
  const auto second = nlohmann::json::parse(line);
  CHECK(second["verdict"] == "refused");
  CHECK(second["why"] == "only administrators may");
  CHECK_FALSE(std::getline(lines, line));
  struct stat info {};
  REQUIRE(::stat((scratch / "access/audit.log").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("an audit of 64 MiB goes on, and one byte more begins a new file") {
  const access_test::Scratch scratch;
  const auto file = scratch / "access/audit.log", before = scratch / "access/audit.log.1";
  Audit audit(file);
  std::filesystem::resize_file(file, Audit::kMaxBytes);  // takes no room: a hole
  audit.flush();
  CHECK_FALSE(exists(before));
  std::filesystem::resize_file(file, Audit::kMaxBytes + 1);
  audit.flush();
  CHECK(file_size(before) == Audit::kMaxBytes + 1);
  audit.write({5, Link::own, "ann", "ipc", "stop", ""});
  audit.flush();
  CHECK(access_test::text_of(file).find("ann") != std::string::npos);
}

TEST_CASE(
    "whoever reads the audit finds whole lines, however many were written since the last flush") {
  const access_test::Scratch scratch;
  const auto file = scratch / "access/audit.log";
  Audit audit(file);
  std::size_t written = 0;
  for (std::string seen; seen.empty(); seen = access_test::text_of(file)) {
    audit.write({5, Link::own, "ann", "ipc", "request /generate", ""});
    REQUIRE(++written <= Audit::kBufferBytes);
  }
  CHECK(written > 100);
  CHECK(access_test::text_of(file).ends_with("\"allowed\"}\n"));
  audit.write({5, Link::own, "bob", "ipc", "stop", ""});
  CHECK(access_test::text_of(file).find("bob") == std::string::npos);
}

TEST_CASE("an audit that ends within a line goes on with a line of its own, and ends whole") {
  const access_test::Scratch scratch;
  const auto file = scratch / "audit.log";
  std::ofstream(file) << "{\"at_ms\":5,\"who\":\"a";
  Audit(file).write({6, Link::own, "bob", "ipc", "stop", ""});
  Audit(file).write({7, Link::own, "cid", "ipc", "stop", ""});
  std::istringstream lines(access_test::text_of(file));
  std::string line;
  std::getline(lines, line);
  for (const char* who : {"bob", "cid"}) {
    REQUIRE(std::getline(lines, line));
    CHECK(nlohmann::json::parse(line)["who"] == who);
  }
  CHECK_FALSE(std::getline(lines, line));
}

TEST_CASE("an audit whose room ends within a line begins a new one when there is room again") {
  const access_test::Scratch scratch;
  const auto file = scratch / "audit.log";
  Audit audit(file);
  audit.write({5, Link::own, "ann", "ipc", "stop", ""});
  audit.flush();
  const auto whole = file_size(file);
  {
    const Room room(whole + 7);
    audit.write({6, Link::own, "bob", "ipc", "stop", ""});
    audit.flush();
    CHECK(file_size(file) == whole + 7);
    audit.write({7, Link::own, "cid", "ipc", "stop", ""});
    audit.flush();
    CHECK(file_size(file) == whole + 7);
  }
  audit.write({8, Link::own, "dan", "ipc", "stop", ""});
  audit.flush();
  const auto text = access_test::text_of(file);
  const auto last = text.substr(whole + 7);
  REQUIRE(last.starts_with('\n'));
  CHECK(nlohmann::json::parse(last)["who"] == "dan");
  CHECK(text.find("cid") == std::string::npos);
}
