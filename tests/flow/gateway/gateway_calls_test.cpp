// What a stage may call: what its plugin's table declares, with the rights of its job.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/flow/gateway/begun.h"
#include "tests/flow/gateway/house.h"

using namespace flow;
using namespace flow_test;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

// The first stage may also call what is for administrators.
flow::Flow with_admin_call() {
  auto flow = with_calls();
  flow.routes.push_back(flow.routes[0]);
  flow.routes.back().endpoint = "/admin/reset";
  flow.routes.back().access = access::Access::admin;
  flow.stages[0].plugin.calls.push_back({"/admin/reset", "text.v1", "text.v1"});
  return flow;
}

schemas::Fault fault_of_call(Fixture& f, const std::string& peer = "s1") {
  const auto failed = f.take(peer, Kind::failed);
  REQUIRE(failed.size() == 1);
  return schemas::unpack<schemas::Fault>(failed[0].body.view());
}

// A call that counts for `bytes` and takes a megabyte.
void call_with(Fixture& f, const std::string& job, std::uint64_t id, std::size_t bytes) {
  static const schemas::Blob kBlob{std::string(kMiB, 'x')};
  const auto body = schemas::pack(schemas::Text{"asked"});
  std::size_t left = bytes - body.size();
  std::vector<schemas::Blob> blobs;
  for (; left > 0; left -= blobs.back().size()) {
    blobs.emplace_back(kBlob.owner(), kBlob.view().substr(0, std::min(left, kMiB)));
  }
  const Header header{.kind = Kind::call,
                      .id = id,
                      .job = job,
                      .endpoint = "/called",
                      .type = "text.v1",
                      .epoch = 1};
  f.gateway().on_packet("s1", {header, schemas::Blob(body), blobs}, f.now);
}

}  // namespace

TEST_CASE("a stage calls what its plugin's table declares; all else is answered, noted, not done") {
  House house(with_calls());
  auto& f = house.fixture;
  const auto work = house.asked_by(house.visitor("ann's API key"));
  std::uint64_t id = 100;
  for (const std::string endpoint : {"/run", "/serial", "/durable", "/called", "/none", "", "/"}) {
    for (const std::string type : {"text.v1", "texts.v1", "", "trained.v1"}) {
      INFO(endpoint << " with " << type);
      f.call("s1", work.header.job, ++id, endpoint, type);
      if (endpoint == "/called" && type == "text.v1") {
        const auto called = f.take("s1", Kind::work);
        REQUIRE(called.size() == 1);
        CHECK(called[0].header.owner == "ann");
        f.give("s1", {.kind = Kind::failed, .id = called[0].header.id},
               schemas::pack(schemas::Fault{"bad_input", "", "", "no", ""}));
        CHECK(fault_of_call(f).code == "bad_input");
        continue;
      }
      CHECK(fault_of_call(f).code == "forbidden");
      CHECK(f.gateway().open_jobs() == 1);
    }
  }
  const auto lines = house.audited();
  CHECK(lines.find("call '/run' 'text.v1' of first") != std::string::npos);
  CHECK(lines.find("declares no call") != std::string::npos);
  f.emit("s1", work, true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  CHECK(f.ended("visitor").outcome == "done");
}

TEST_CASE("a stage that goes on with what it may not leaves few lines") {
  House house(with_calls());
  const auto work = house.asked_by(house.visitor("ann's API key"));
  for (std::uint64_t id = 1; id <= 10'000; ++id) {
    house.fixture.call("s1", work.header.job, id, "/run");
  }
  const auto lines = house.audited();
  std::size_t found = 0;
  for (auto at = lines.find("call '/run'"); at != std::string::npos;
       at = lines.find("call '/run'", at + 1)) {
    ++found;
  }
  CHECK(found >= 1);
  CHECK(found <= 14);  // the 1st, 2nd, 4th, ... 8192nd
}

TEST_CASE("what a stage calls has the rights of its job's owner and no others") {
  House house(with_admin_call());
  auto& f = house.fixture;
  f.give("s1", {.kind = Kind::ready, .count = 64});
  const auto work = house.asked_by(house.visitor("ann's API key"));
  f.call("s1", work.header.job, 50, "/admin/reset");
  const auto fault = fault_of_call(f);
  CHECK(fault.code == "forbidden");
  CHECK(fault.cause.find("administrators") != std::string::npos);
  f.call("s1", work.header.job, 51);  // nor does what it calls for her
  const auto child = f.take("s1", Kind::work).at(0);
  f.call("s1", child.header.job, 52, "/admin/reset");
  CHECK(fault_of_call(f).code == "forbidden");
  const auto admins = house.asked_by(house.visitor("an admin's API key"));
  f.call("s1", admins.header.job, 53);
  const auto childs = f.take("s1", Kind::work).at(0);
  f.call("s1", childs.header.job, 54, "/admin/reset");
  const auto reset = f.take("s1", Kind::work);
  REQUIRE(reset.size() == 1);
  CHECK(reset[0].header.owner == "root");
  CHECK(reset[0].header.endpoint == "/admin/reset");
}

TEST_CASE("who asked for a durable job is known after a restart") {
  for (const std::string who : {"ann's API key", "an admin's API key"}) {
    House house(with_admin_call());
    auto& f = house.fixture;
    house.asked_by(house.visitor(who), "/durable");
    f.restart();
    f.join_all();
    const auto work = f.take("s1", Kind::work).at(0);
    REQUIRE(work.header.epoch == 2);
    f.give("s1",
           {.kind = Kind::call,
            .id = 7,
            .job = work.header.job,
            .endpoint = "/admin/reset",
            .type = "text.v1",
            .epoch = 2},
           schemas::pack(schemas::Text{"asked"}));
    const std::size_t expected = who == "an admin's API key" ? 1 : 0;
    CHECK(f.take("s1", Kind::work).size() == expected);
    CHECK(f.take("s1", Kind::failed).size() == 1 - expected);
  }
}

TEST_CASE("a call's body that is none is the call's failure, and costs the stage nothing else") {
  auto flow = with_calls();
  flow.routes.back().serial = {"text"};
  Fixture f(flow);
  f.join_all();
  f.request(1);
  const auto work = f.take("s1", Kind::work).at(0);
  f.give("s1",
         {.kind = Kind::call,
          .id = 50,
          .job = work.header.job,
          .endpoint = "/called",
          .type = "text.v1",
          .epoch = 1},
         "\xc1");
  CHECK(fault_of_call(f).code == "bad_input");
  f.emit("s1", work, true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  CHECK(f.ended("client").outcome == "done");
}

TEST_CASE("a job has so many open calls and no more, and each that ends makes room") {
  Fixture f(with_calls());
  f.join("s1", 0, 64);
  f.join("s2", 1, 64);
  f.request(1);
  const auto work = f.take("s1", Kind::work).at(0);
  for (std::uint64_t i = 1; i <= StageRights::kMaxCallsOfJob; ++i) {
    f.call("s1", work.header.job, 100 + i);
  }
  const auto calls = f.take("s1", Kind::work);
  CHECK(calls.size() == StageRights::kMaxCallsOfJob);
  f.call("s1", work.header.job, 99);
  const auto fault = fault_of_call(f);
  CHECK(fault.code == "queue_full");
  CHECK(fault.retry_after_s > 0);
  f.emit("s1", calls[0], true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  CHECK(f.take("s1", Kind::reply).size() == 1);
  f.call("s1", work.header.job, 98);
  CHECK(f.take("s1", Kind::work).size() == 1);
  f.emit("s1", work, true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  CHECK(f.ended("client").outcome == "done");
  CHECK(f.gateway().open_jobs() == 0);
}

TEST_CASE("so does a process, whatever its jobs are") {
  Fixture f(with_calls());
  f.join("s1", 0, 64);
  f.request(1);
  f.request(2);
  const auto works = f.take("s1", Kind::work);
  REQUIRE(works.size() == 2);
  for (std::uint64_t i = 1; i <= StageRights::kMaxCallsOfProcess; ++i) {
    f.call("s1", works[i % 2].header.job, 100 + i);
  }
  CHECK(f.take("s1", Kind::work).size() == StageRights::kMaxCallsOfProcess);
  f.call("s1", works[0].header.job, 99);
  CHECK(fault_of_call(f).code == "queue_full");
}

TEST_CASE("the open calls of a process have so many bytes together and no byte more") {
  Fixture f(with_calls());
  f.join_all();
  f.request(1);
  const auto job = f.take("s1", Kind::work).at(0).header.job;
  call_with(f, job, 1, StageRights::kMaxCallBytes + 1);
  CHECK(fault_of_call(f).code == "queue_full");
  call_with(f, job, 2, StageRights::kMaxCallBytes / 2);
  call_with(f, job, 3, StageRights::kMaxCallBytes / 2);
  CHECK(f.take("s1", Kind::work).size() == 2);
  call_with(f, job, 4, 100);
  CHECK(fault_of_call(f).code == "queue_full");
}

TEST_CASE("calls take no request's place, and no request takes a call's") {
  auto flow = with_calls();
  flow.stages[0].queue_items = 10'000;
  Fixture f(flow);
  f.join_all();
  f.request(1);
  const auto work = f.take("s1", Kind::work).at(0);
  const auto ask = [&](std::uint64_t id) {
    f.give("client",
           {.kind = Kind::request,
            .id = id,
            .endpoint = "/serial",
            .type = "text.v1",
            .owner = "owner-" + std::to_string(id)},
           schemas::pack(schemas::Text{"x"}));
  };
  f.call("s1", work.header.job, 50);
  for (std::uint64_t id = 2; id <= Capacity::kMaxOpenJobs; ++id) ask(id);
  CHECK(f.take("client", Kind::accepted).size() == Capacity::kMaxOpenJobs);
  ask(9'999);
  CHECK(f.refused().code == "queue_full");
  f.call("s1", work.header.job, 51);
  CHECK(f.take("s1", Kind::failed).empty());
  CHECK(f.gateway().open_jobs() == Capacity::kMaxOpenJobs + 2);
}

TEST_CASE("what a process leaves unread of its answers is bounded, and it is told so") {
  Fixture f(with_calls());
  f.join("s1", 0, 64);
  f.join("s2", 1, 64);
  f.request(1);
  const auto job = f.take("s1", Kind::work).at(0).header.job;
  const auto answer = [&](std::size_t bytes) {
    f.call("s1", job, 50);
    f.emit("s1", f.take("s1", Kind::work).at(0), true);
    const auto work = f.take("s2", Kind::work).at(0);
    static const schemas::Blob kBlob{std::string(kMiB, 'x')};
    const std::vector<schemas::Blob> blobs(bytes / kMiB, kBlob);
    const Header header{.kind = Kind::emit,
                        .id = work.header.id,
                        .job = work.header.job,
                        .type = "text.v1",
                        .epoch = 1,
                        .last = true};
    f.gateway().on_packet("s2", {header, schemas::Blob(std::string(1, '\x80')), blobs}, f.now);
  };
  answer(Backlog::kMostBytes);
  answer(kMiB);
  CHECK(fault_of_call(f).code == "unavailable");
  CHECK(f.take("s1", Kind::reply).size() == 1);  // now it reads
  answer(kMiB);
  CHECK(f.take("s1", Kind::reply).size() == 1);
}

TEST_CASE(
    "a call without an epoch, or for a job that the stage has not, is a fault and does not "
    "vanish") {
  Fixture f(with_calls());
  f.join_all();
  f.request(1);
  const auto work = f.take("s1", Kind::work).at(0);
  struct Wrong {
    std::string job;
    std::uint64_t epoch;
    std::string cause;
  };
  for (const auto& [job, epoch, cause] :
       {Wrong{work.header.job, 0, "without `a`"}, Wrong{"", 0, "without `a`"},
        Wrong{work.header.job, 7, "epoch 7"}, Wrong{"j-0000000000000000", 1, "no work in hand"}}) {
    INFO(cause);
    f.give("s1",
           {.kind = Kind::call,
            .id = 5,
            .job = job,
            .endpoint = "/called",
            .type = "text.v1",
            .epoch = epoch},
           schemas::pack(schemas::Text{"asked"}));
    const auto fault = fault_of_call(f);
    CHECK(fault.code == "protocol");
    CHECK(fault.stage == "first");
    CHECK(fault.cause.find(cause) != std::string::npos);
    CHECK(f.take("s1", Kind::work).empty());
  }
  f.call("s1", work.header.job, 6);
  CHECK(f.take("s1", Kind::work).size() == 1);
}
