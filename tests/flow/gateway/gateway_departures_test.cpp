// Clients that go without a word while they wait.
#include <catch2/catch.hpp>

#include "tests/flow/gateway/begun.h"

using namespace flow;
using namespace flow_test;

namespace {

void pass(Fixture& f, std::chrono::milliseconds time) {
  for (const auto end = f.now + time; f.now < end;) {
    f.now += std::chrono::milliseconds(100);
    f.gateway().on_tick(f.now);
  }
}

}  // namespace

TEST_CASE("a client that is gone is noticed within 5 s though nothing is sent to it") {
  Fixture f;
  f.request(1);
  f.request(2, "/run", "x", "other");
  accepted(f);
  accepted(f, "other");
  f.unreachable = {"client"};
  pass(f, std::chrono::seconds(5));
  CHECK(f.gateway().open_jobs() == 1);
  CHECK(f.take("other", Kind::ended).empty());
}

TEST_CASE("a departed client's place is free for others: 1,024 requests of it are gone at once") {
  Fixture f;
  for (std::uint64_t id = 1; id <= f.flow.requests_per_user; ++id) f.request(id, "/serial");
  f.take("client", Kind::accepted);
  f.request(5'000, "/serial");
  CHECK(f.refused().code == "queue_full");
  f.unreachable = {"client"};
  pass(f, std::chrono::seconds(5));
  CHECK(f.gateway().open_jobs() == 0);
  f.request(1, "/serial", "x", "client again");
  accepted(f, "client again");
}

TEST_CASE("a job of which one client is gone goes on for the other, and a durable one for none") {
  Begun f;
  f.control(2, "watch", f.job, "other");
  f.unreachable = {"client"};
  pass(f, std::chrono::seconds(5));
  CHECK(f.take("other", Kind::ended).empty());
  f.unreachable = {"client", "other"};
  pass(f, std::chrono::seconds(5));
  CHECK(f.gateway().open_jobs() == 1);
  f.unreachable.clear();
  f.emit("s1", f.work, true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  CHECK(f.gateway().open_jobs() == 0);
}

TEST_CASE("who waits for nothing is sent no beat") {
  Fixture f;
  f.join_all();
  f.request(1);
  pass(f, std::chrono::seconds(3));
  CHECK(f.take("client", Kind::beat).size() == 3);
  f.emit("s1", f.take("s1", Kind::work).at(0), true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  f.take("client", Kind::beat);
  pass(f, std::chrono::seconds(3));
  CHECK(f.take("client", Kind::beat).empty());
}
