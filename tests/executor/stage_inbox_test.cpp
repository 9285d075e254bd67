#include "executor/stage_inbox.h"

#include "tests/executor/scripted_stage.h"

using namespace executor_test;
using executor::StageInbox;

namespace {

void put_ended(StageInbox& inbox, const std::string& job, std::uint64_t epoch) {
  const Header header{.kind = Kind::ended, .job = job, .epoch = epoch};
  inbox.put({executor::packet_of(header, schemas::Message::of(schemas::Ended{"cancelled", {}}))},
            {});
}

}  // namespace

TEST_CASE("an attempt that is over is forgotten with its last task here, and not before") {
  StageInbox inbox;
  for (const auto& [id, epoch] : {std::pair{1, 1}, {2, 1}, {3, 2}}) {
    inbox.put({Packet{part(id, 0, epoch), {}, {}}}, {});
  }
  put_ended(inbox, "j", 1);
  CHECK(inbox.next_task().is_over);
  CHECK(inbox.next_ended().has_value());
  CHECK(inbox.is_over("j", 1));
  CHECK_FALSE(inbox.is_over("j", 2));
  CHECK(inbox.next_task().is_over);
  CHECK_FALSE(inbox.is_over("j", 1));
  CHECK_FALSE(inbox.next_task().is_over);
}

TEST_CASE("an end that the executor was not told yet is kept while tasks are taken out") {
  StageInbox inbox;
  inbox.put({Packet{part(1, 0), {}, {}}}, {});
  put_ended(inbox, "j", 1);
  CHECK(inbox.next_task().is_over);
  CHECK(inbox.is_over("j", 1));
  CHECK(inbox.next_ended()->job == "j");
  CHECK_FALSE(inbox.is_over("j", 1));
}

TEST_CASE("what the next stage took is kept while the task is in hand") {
  StageInbox inbox;
  const executor::Arrival taken{
      Packet{Header{.kind = Kind::ack, .id = 7, .bytes = 20, .count = 2}, {}, {}}};
  inbox.put(taken, {});
  CHECK(inbox.acked(7).messages == 0);
  inbox.open_stream(7);
  inbox.put(taken, {});
  CHECK(inbox.acked(7).messages == 2);
  CHECK(inbox.acked(7).bytes == 20);
  inbox.close_stream(7);
  CHECK(inbox.acked(7).messages == 0);
}

TEST_CASE("a welcome makes void what the former gateway gave") {
  StageInbox inbox;
  inbox.put({Packet{part(1, 0), {}, {}}}, {});
  put_ended(inbox, "j", 1);
  inbox.put({Packet{Header{.kind = Kind::refused}, {}, {}}}, {});
  CHECK(inbox.is_unknown());
  const auto welcome = schemas::Message::of(schemas::Welcome{.open_jobs = {"j"}});
  inbox.put({executor::packet_of(Header{.kind = Kind::welcome}, welcome)}, {});
  CHECK_FALSE(inbox.is_unknown());
  CHECK_FALSE(inbox.has_task());
  CHECK_FALSE(inbox.is_over("j", 1));
  CHECK(inbox.take_welcome()->open_jobs == std::vector<std::string>{"j"});
  CHECK_FALSE(inbox.is_welcome());
}
