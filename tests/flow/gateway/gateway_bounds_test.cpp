// What the gateway takes and keeps at most, at each limit and one past it.
#include <catch2/catch.hpp>

#include "tests/flow/gateway/begun.h"

using namespace flow;
using namespace flow_test;

namespace {

// A packet that counts for `bytes` and takes a megabyte.
std::vector<schemas::Blob> large(std::size_t bytes) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  static const schemas::Blob kBlob{std::string(kPiece, 'x')};
  std::vector<schemas::Blob> blobs(bytes / kPiece, kBlob);
  const std::size_t rest = bytes % kPiece;
  if (rest > 0) blobs.emplace_back(kBlob.owner(), kBlob.view().substr(0, rest));
  return blobs;
}

Header request_of(std::uint64_t id, const std::string& endpoint, const std::string& owner,
                  const std::string& key = "") {
  Header header{
      .kind = Kind::request, .id = id, .endpoint = endpoint, .type = "text.v1", .owner = owner};
  header.key = key;
  return header;
}

const std::string kBody = schemas::pack(schemas::Text{"x"});

// The answer of the stage `s2` to what it has in hand.
void answer_with(Fixture& f, std::size_t bytes, bool last = true) {
  const auto tasks = f.take("s1", Kind::work);
  for (const auto& work : tasks) f.emit("s1", work, true);
  const auto seconds = f.take("s2", Kind::work);
  REQUIRE(seconds.size() == 1);
  Header header{.kind = Kind::emit,
                .id = seconds[0].header.id,
                .job = seconds[0].header.job,
                .type = "text.v1",
                .epoch = seconds[0].header.epoch,
                .last = last};
  f.gateway().on_packet("s2", {header, {}, large(bytes)}, f.now);
}

}  // namespace

TEST_CASE("who leaves much unread is sent nothing large until it reads, and others are") {
  Fixture f;
  f.join_all();
  f.request(1);
  answer_with(f, Backlog::kMostBytes - 1);
  CHECK(f.ended("client").outcome == "done");
  f.request(2);
  answer_with(f, Backlog::kSmallBytes + 1);  // one byte of room is room
  CHECK(f.ended("client").outcome == "done");
  f.request(3);
  answer_with(f, Backlog::kSmallBytes + 1);
  CHECK(f.ended("client").fault.cause.find("256 MiB wait for you") != std::string::npos);
  f.request(4);
  answer_with(f, Backlog::kSmallBytes);
  CHECK(f.ended("client").outcome == "done");
  f.give("other", request_of(1, "/run", "you"), kBody);
  answer_with(f, Backlog::kSmallBytes + 1);
  CHECK(f.ended("other").outcome == "done");
  CHECK(f.take("client", Kind::result).size() == 3);  // now it reads
  f.request(5);
  answer_with(f, Backlog::kSmallBytes + 1);
  CHECK(f.ended("client").outcome == "done");
}

TEST_CASE("the answer of a durable job that its client left unread can be asked for again") {
  Fixture f;
  f.join_all();
  f.request(1);
  answer_with(f, Backlog::kMostBytes);
  CHECK(f.ended("client").outcome == "done");
  f.take("client", Kind::accepted);
  f.request(2, "/durable");
  const auto job = accepted(f);
  answer_with(f, Backlog::kSmallBytes + 1);
  const auto fault = f.ended("client").fault;
  CHECK(fault.code == "unavailable");
  CHECK(fault.hint.find("souvenir jobs watch " + job) != std::string::npos);
  f.control(3, "watch", job);
  CHECK(f.ended("client").fault.code == "unavailable");
  CHECK(f.take("client", Kind::result).size() == 1);
  f.control(4, "watch", job);
  CHECK(f.ended("client").outcome == "done");
  CHECK(f.take("client", Kind::result).size() == 1);
}

TEST_CASE("a durable job answers with so many bytes, and not with one more") {
  for (const std::size_t more : {0, 1}) {
    Fixture f;
    f.join_all();
    f.request(1, "/durable");
    answer_with(f, RouteRunner::kMaxResultBytes + more);
    const auto ended = f.ended("client");
    CHECK(ended.outcome == (more == 0 ? "done" : "failed"));
    if (more > 0) CHECK(ended.fault.cause.find("256 MiB") != std::string::npos);
  }
}

TEST_CASE("so many jobs are open at once, whoever asks, and one more is refused") {
  Fixture f;
  for (std::size_t i = 0; i < Capacity::kMaxOpenJobs; ++i) {
    f.give("client", request_of(i + 1, "/serial", "owner-" + std::to_string(i)), kBody);
  }
  CHECK(f.take("client", Kind::accepted).size() == Capacity::kMaxOpenJobs);
  f.give("other", request_of(1, "/serial", "you"), kBody);
  CHECK(f.refused("other").code == "queue_full");
  f.give("client", {.kind = Kind::cancel, .id = 1});
  f.give("other", request_of(2, "/serial", "you"), kBody);
  CHECK(f.take("other", Kind::accepted).size() == 1);
}

TEST_CASE("so many bytes wait for a stage whatever the flow file says, and no byte more") {
  Fixture f;
  f.flow.stages[0].queue_items = 1'000;
  f.flow.stages[0].queue_bytes = 2 * Capacity::kMaxWaitingBytes;
  const auto ask = [&](std::uint64_t id, const std::string& owner, std::size_t bytes) {
    f.gateway().on_packet(
        "client", {request_of(id, "/run", owner), schemas::Blob(kBody), large(bytes)}, f.now);
  };
  ask(1, "ann", Capacity::kMaxWaitingBytes / 2 - kBody.size());
  ask(2, "bob", Capacity::kMaxWaitingBytes / 2 - 2 * kBody.size());
  CHECK(f.take("client", Kind::accepted).size() == 2);
  f.give("client", request_of(3, "/run", "me"), kBody + "x");  // a byte too many
  CHECK(f.refused().code == "queue_full");
  f.give("client", request_of(4, "/run", "me"), kBody);
  CHECK(f.take("client", Kind::accepted).size() == 1);
}

TEST_CASE("an owner's name and an idempotency key have so many bytes and no more") {
  Fixture f;
  f.give("client", request_of(1, "/run", std::string(Admission::kMaxOwnerBytes, 'o')), kBody);
  CHECK(f.take("client", Kind::accepted).size() == 1);
  f.give("client", request_of(2, "/run", std::string(Admission::kMaxOwnerBytes + 1, 'o')), kBody);
  CHECK(f.refused().code == "bad_input");
  f.give("client", request_of(3, "/run", "me", std::string(Admission::kMaxKeyBytes, 'k')), kBody);
  CHECK(f.take("client", Kind::accepted).size() == 1);
  f.give("client", request_of(4, "/run", "me", std::string(Admission::kMaxKeyBytes + 1, 'k')),
         kBody);
  CHECK(f.refused().code == "bad_input");
}
