// Jobs of which the ledger keeps nothing any more while something is still to be said about them.
#include <catch2/catch.hpp>

#include "tests/flow/gateway/begun.h"

using namespace flow;
using namespace flow_test;

namespace {

Packet served_by_first(Fixture& f) {
  f.emit("s1", f.take("s1", Kind::work).at(0), true);
  return f.take("s2", Kind::work).at(0);
}

}  // namespace

TEST_CASE("a plain job whose end waits for the disk ends once, though 257 others ended meanwhile") {
  Fixture f;
  f.join_all();
  f.journal.at_once = false;
  f.request(1, "/serial", "same");
  const std::string job = accepted(f);
  f.request(2, "/serial", "same", "client", "a key");  // waits behind the first
  f.journal.commit();
  f.gateway().on_committed();
  accepted(f);
  f.emit("s2", served_by_first(f), true);
  CHECK(f.take("client", Kind::ended).empty());  // with the start of the second, once that is kept
  for (std::size_t i = 0; i <= Ledger::kKeptOthers; ++i) {
    f.request(1, "/run", "x", "other");
    f.emit("s2", served_by_first(f), true);
    CHECK(f.ended("other").outcome == "done");
  }
  f.journal.commit();
  f.gateway().on_committed();
  CHECK(f.ended("client").outcome == "done");
  CHECK(f.take("s1", Kind::work).size() == 1);
}

TEST_CASE("who cancels a job that is forgotten in the same moment hears that it is not kept") {
  Fixture f(with_calls());
  f.join("s1", 0, 64);
  f.join("s2", 1);
  f.request(1);
  f.call("s1", f.take("s1", Kind::work).at(0).header.job, 50);
  const std::string called = f.take("s1", Kind::work).at(0).header.job;
  for (std::uint64_t i = 0; i <= Ledger::kKeptCalls; ++i) f.call("s1", called, 100 + i);
  f.control(2, "cancel", called);
  CHECK(f.refused().code == "not_found");
  CHECK(f.take("s1", Kind::failed).size() == Ledger::kKeptCalls + 2);  // those it called, and it
}
