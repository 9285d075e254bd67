#include "flow/gateway/open_jobs.h"

#include <catch2/catch.hpp>

using flow::Ledger;
using flow::OpenJob;
using flow::OpenJobs;

namespace {

// The job "top", which called for "child", which called for "grandchild".
struct Family {
  Ledger ledger;
  OpenJobs jobs{ledger};

  explicit Family(bool durable) {
    add("top", durable, {});
    add("child", false, {"trainer", 1, "top", 1});
    add("grandchild", false, {"encoder", 2, "child", 1});
  }
  void add(const std::string& id, bool durable, const flow::Asker& asker) {
    ledger.accept({.id = id});
    OpenJob job;
    job.id = id;
    job.durable = durable;
    job.epoch = 1;
    job.rhythm.resize(1);
    job.asker = asker;
    jobs.add(std::move(job));
  }
};

}  // namespace

TEST_CASE("a process waits for what it called for, and for what that calls for") {
  Family family(false);
  CHECK(family.jobs.waits_for("trainer", "grandchild"));
  CHECK(family.jobs.waits_for("encoder", "grandchild"));
  CHECK_FALSE(family.jobs.waits_for("encoder", "child"));
  CHECK_FALSE(family.jobs.waits_for("trainer", "top"));
  CHECK_FALSE(family.jobs.waits_for("trainer", "unknown"));
}

TEST_CASE("what a durable job calls for outlasts a stage as it does itself") {
  for (const bool durable : {true, false}) {
    Family family(durable);
    CHECK(family.jobs.outlasts(*family.jobs.find("top")) == durable);
    CHECK(family.jobs.outlasts(*family.jobs.find("grandchild")) == durable);
    family.jobs.take("child");
    CHECK_FALSE(family.jobs.outlasts(*family.jobs.find("grandchild")));
  }
}

TEST_CASE("only the present attempt of a job that the ledger has running is that job's") {
  Family family(false);
  CHECK(family.jobs.running("top", 1) == family.jobs.find("top"));
  CHECK(family.jobs.running("top", 2) == nullptr);
  CHECK(family.jobs.running("unknown", 1) == nullptr);
  flow::Task task;
  task.job = "top";
  task.epoch = 1;
  CHECK(family.jobs.rhythm_of(task) == &family.jobs.find("top")->rhythm[0]);
  family.ledger.step({flow::JobEvent::Type::cancel, "top"});
  CHECK(family.jobs.running("top", 1) == nullptr);  // its end is on its way to the disk
  CHECK(family.jobs.rhythm_of(task) == nullptr);
}

TEST_CASE("as long as there is a deadline there is a millisecond left") {
  OpenJob job;
  const flow::Time now = flow::Time{} + std::chrono::hours(1);
  CHECK(job.time_left_ms(now) == 0);
  job.deadline = now + std::chrono::milliseconds(5);
  CHECK(job.time_left_ms(now) == 5);
  CHECK(job.time_left_ms(now + std::chrono::seconds(9)) == 1);
}
