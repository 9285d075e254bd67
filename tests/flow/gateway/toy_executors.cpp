#include "tests/flow/gateway/toy_executors.h"

#include "schemas/text.h"

namespace flow_test {
namespace {

schemas::Message text(const std::string& line) {
  return schemas::Message::of(schemas::Text{line});
}

/// What is in memory for each job: the epoch of its attempt.
class Attempts {
 public:
  Attempts(Disk& disk, std::size_t index) : disk_(disk), index_(index) {
    disk_.in_memory[index_].clear();  // that of the process before went with it
  }

  void note(const schemas::Message& in) {
    disk_.in_memory[index_].insert(in.job);
    const auto [attempt, is_new] = epochs_.emplace(in.job, in.epoch);
    if (in.epoch > attempt->second) disk_.broken = "nobody said that an attempt was over";
    if (in.epoch < attempt->second) disk_.broken = "work of an older attempt came";
  }
  void drop(const std::string& job) {
    disk_.in_memory[index_].erase(job);
    epochs_.erase(job);
  }

 private:
  Disk& disk_;
  const std::size_t index_;
  std::map<std::string, std::uint64_t> epochs_;
};

class Sampler final : public executor::Executor {
 public:
  explicit Sampler(Disk& disk) : attempts_(disk, 0) {}

  void process(const schemas::Message& in, executor::Outbox& out) override {
    attempts_.note(in);
    for (auto step = static_cast<std::int64_t>(in.from_step); step < kSimulatedSteps; ++step) {
      out.send(text(std::to_string(step)));
    }
  }
  void ended(const std::string& job, executor::Outcome) override { attempts_.drop(job); }
  void interrupted(const std::string& job) override { attempts_.drop(job); }

 private:
  Attempts attempts_;
};

class Trainer final : public executor::Executor {
 public:
  Trainer(Disk& disk, const executor::Setup& setup) : disk_(disk), attempts_(disk, 1) {
    std::erase_if(disk_.checkpoints,
                  [&](const auto& entry) { return !setup.open_jobs.contains(entry.first); });
  }

  void process(const schemas::Message& in, executor::Outbox& out) override {
    attempts_.note(in);
    if (!trainings_.contains(in.job)) trainings_[in.job] = begin(in);
    Training& training = trainings_[in.job];
    if (in.seq != training.next_seq++) disk_.broken = "the trainer got messages out of order";
    step(in.job, std::stoll(in.as<schemas::Text>().text), training);
    out.progress({.step = training.at.step,
                  .total = kSimulatedSteps,
                  .checkpoint_step = training.saved_step});
    if (in.last) out.send(text(std::to_string(training.at.state)));
  }
  void ended(const std::string& job, executor::Outcome) override {
    interrupted(job);
    disk_.checkpoints.erase(job);
  }
  void interrupted(const std::string& job) override {
    attempts_.drop(job);
    trainings_.erase(job);
  }

 private:
  struct Training {
    std::uint64_t next_seq = 0;
    Disk::Checkpoint at;
    std::int64_t saved_step = 0;
  };

  Training begin(const schemas::Message& in) const {
    Training training;
    const auto saved = disk_.checkpoints.find(in.job);
    if (in.epoch > 1 && saved != disk_.checkpoints.end()) training.at = saved->second;
    training.saved_step = training.at.step;
    if (training.at.step < static_cast<std::int64_t>(in.from_step)) {
      throw executor::Error("no_checkpoint", "lost");
    }
    return training;
  }

  void step(const std::string& job, std::int64_t step, Training& training) {
    if (step < training.at.step) return;
    training.at = {step + 1, after_step(training.at.state, step)};
    if (training.at.step % kSimulatedCheckpoint != 0 || training.at.step == kSimulatedSteps) return;
    disk_.checkpoints[job] = training.at;
    training.saved_step = training.at.step;
  }

  Disk& disk_;
  Attempts attempts_;
  std::map<std::string, Training> trainings_;
};

class Publisher final : public executor::Executor {
 public:
  explicit Publisher(Disk& disk) : disk_(disk), attempts_(disk, 2) {}

  void process(const schemas::Message& in, executor::Outbox& out) override {
    attempts_.note(in);
    std::uint64_t& highest = disk_.highest_epoch[in.job];
    if (in.epoch < highest) throw executor::Error("protocol", "an older attempt");
    highest = in.epoch;
    auto& published = disk_.published[in.job];
    if (published.empty()) published.push_back(std::stoull(in.as<schemas::Text>().text));
    out.send(text(std::to_string(published.front())));
  }
  void ended(const std::string& job, executor::Outcome) override { attempts_.drop(job); }
  void interrupted(const std::string& job) override { attempts_.drop(job); }

 private:
  Disk& disk_;
  Attempts attempts_;
};

}  // namespace

std::string Disk::kept() const {
  if (!checkpoints.empty()) return checkpoints.begin()->first;
  for (const auto& [index, jobs] : in_memory) {
    if (!jobs.empty()) return *jobs.begin();
  }
  return "";
}

std::uint64_t after_step(std::uint64_t state, std::int64_t step) {
  return (state ^ static_cast<std::uint64_t>(step + 1)) * 0x100000001b3u;
}

std::uint64_t unbroken() {
  std::uint64_t state = Disk::Checkpoint{}.state;
  for (std::int64_t step = 0; step < kSimulatedSteps; ++step) state = after_step(state, step);
  return state;
}

std::unique_ptr<executor::Executor> make_toy(std::size_t index, Disk& disk,
                                             const executor::Setup& setup) {
  if (index == 0) return std::make_unique<Sampler>(disk);
  if (index == 1) return std::make_unique<Trainer>(disk, setup);
  return std::make_unique<Publisher>(disk);
}

}  // namespace flow_test
