#include "flow/gateway/ledger.h"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace flow {
namespace {

const char* const kNames[] = {"queued", "running", "paused", "done", "failed", "cancelled"};

using Type = JobAction::Type;

JobAction save(const JobRecord& job, const std::string& what, const std::string& text = "") {
  return {.type = Type::save, .job = job.id, .what = what, .text = text};
}

std::string attempt_text(const JobRecord& job) {
  std::string text = "attempt " + std::to_string(job.attempt);
  if (job.checkpoint_step > 0) {
    text += " from step " + std::to_string(job.checkpoint_step);
  } else if (job.epoch > 1) {
    text += " from step 0: no checkpoint is kept here";
  }
  return text;
}

// A cause of several lines would read as several attempts.
std::string in_one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void note_reason(JobRecord& job, const std::string& cause) {
  auto lines = lines_of(job.reasons);
  lines.push_back("attempt " + std::to_string(job.attempt) + ": " + in_one_line(cause));
  const auto kept = std::min(lines.size(), Ledger::kMaxReasons);
  job.reasons.clear();
  for (auto line = lines.end() - static_cast<std::ptrdiff_t>(kept); line != lines.end(); ++line) {
    job.reasons += (job.reasons.empty() ? "" : "\n") + *line;
  }
}

// An attempt knows no more than where it goes on from, until a stage tells.
void go_back(JobRecord& job) {
  schemas::Progress from;
  from.step = from.checkpoint_step = job.checkpoint_step;
  from.total = job.progress.total;
  job.progress = from;
}

// First of all: the request sent again would be the next job, and the checkpoint would go.
void hint_at_retry(JobRecord& job) {
  const std::string retry = "souvenir jobs retry " + job.id + " goes on from step " +
                            std::to_string(job.checkpoint_step) +
                            ", unless the next job of its queue has begun";
  auto& hint = job.fault.hint;
  const bool says_more = !hint.empty() && job.fault.code != "stage_died";
  hint = retry + (says_more ? "; before that: " + hint : "");
}

std::string given_up_text(const JobRecord& job) {
  std::string text = std::to_string(job.lost) + " attempts in a row were lost";
  if (job.furthest_step > 0) {
    text += " without a checkpoint after step " + std::to_string(job.furthest_step);
  }
  const auto lines = lines_of(job.reasons);
  const auto told = std::min<std::size_t>(lines.size(), job.lost);
  std::string separator = ": ";
  for (auto line = lines.end() - static_cast<std::ptrdiff_t>(told); line != lines.end(); ++line) {
    text += separator + *line;
    separator = "; ";
  }
  return text;
}

}  // namespace

std::string name_of(JobState state) {
  return kNames[static_cast<int>(state)];
}

JobState state_named(const std::string& name) {
  const auto found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames)) throw std::invalid_argument("no state of a job: " + name);
  return static_cast<JobState>(found - std::begin(kNames));
}

const JobRecord* Ledger::find(const std::string& job) const {
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? nullptr : &found->second;
}

const JobRecord* Ledger::find_key(const std::string& owner, const std::string& key) const {
  const auto found = by_key_.find({owner, key});
  return found == by_key_.end() ? nullptr : find(found->second);
}

bool Ledger::is_open(const std::string& job) const {
  const JobRecord* record = find(job);
  return record != nullptr && record->is_open();
}

bool Ledger::is_running(const std::string& job, std::uint64_t epoch) const {
  const JobRecord* record = find(job);
  return record != nullptr && record->state == JobState::running && record->epoch == epoch;
}

std::vector<std::string> Ledger::before(const std::string& job) const {
  const JobRecord* record = find(job);
  const auto queue = record == nullptr ? serial_.end() : serial_.find(record->serial_key);
  if (queue == serial_.end()) return {};
  const auto place = std::find(queue->second.begin(), queue->second.end(), job);
  if (place == queue->second.end()) return {};
  return {queue->second.begin(), place};
}

std::vector<const JobRecord*> Ledger::lately(std::size_t ended) const {
  std::vector<const JobRecord*> found, durable;
  const auto take = [&](const std::deque<std::string>& queue, auto& into) {
    const std::size_t kept = std::min(ended, queue.size());
    for (auto id = queue.end() - static_cast<std::ptrdiff_t>(kept); id != queue.end(); ++id) {
      into.push_back(&jobs_.at(*id));
    }
  };
  take(ended_others_, found);
  for (const auto& [owner, queue] : ended_durable_) take(queue, durable);
  std::sort(durable.begin(), durable.end(),
            [](const JobRecord* a, const JobRecord* b) { return a->ended_ms > b->ended_ms; });
  if (durable.size() > ended) durable.resize(ended);
  found.insert(found.end(), durable.begin(), durable.end());
  for (const auto& [id, job] : jobs_) {
    if (job.is_open() && !job.call) found.push_back(&job);
  }
  std::sort(found.begin(), found.end(),
            [](const JobRecord* a, const JobRecord* b) { return a->place < b->place; });
  return found;
}

Ledger::Actions Ledger::accept(JobRecord record) {
  if (jobs_.contains(record.id)) return {};
  record.state = JobState::queued;
  record.place = ++last_place_;
  if (!record.key.empty()) by_key_[{record.owner, record.key}] = record.id;
  if (!record.serial_key.empty()) serial_[record.serial_key].push_back(record.id);
  JobRecord& job = jobs_[record.id] = std::move(record);
  Actions actions{save(job, "accepted"), {.type = Type::accepted, .job = job.id}};
  if (job.serial_key.empty()) {
    begin(job, actions);
  } else {
    advance(job.serial_key, actions);
  }
  return actions;
}

Ledger::Actions Ledger::restore(std::vector<JobRecord> records) {
  std::sort(records.begin(), records.end(),
            [](const JobRecord& a, const JobRecord& b) { return a.place < b.place; });
  Actions actions;
  std::vector<std::string> open;
  std::vector<const JobRecord*> ended;
  for (auto& record : records) {
    last_place_ = std::max(last_place_, record.place);
    if (!record.key.empty()) by_key_[{record.owner, record.key}] = record.id;
    record.furthest_step = record.checkpoint_step;
    // How many of them were in a row nobody knows any more, but where none got anywhere.
    if (record.checkpoint_step == 0 && record.attempt > 0) record.lost = record.attempt - 1;
    const JobRecord& job = jobs_[record.id] = std::move(record);
    if (!job.is_open()) {
      ended.push_back(&job);
      continue;
    }
    open.push_back(job.id);
    go_back(jobs_.at(job.id));
    if (!job.serial_key.empty()) serial_[job.serial_key].push_back(job.id);
  }
  std::sort(ended.begin(), ended.end(),
            [](const JobRecord* a, const JobRecord* b) { return a->ended_ms < b->ended_ms; });
  for (const auto* job : ended) {
    if (job->is_kept()) keep(*job, actions);
    remember(*job, actions);
  }
  for (const auto& id : open) {
    JobRecord& job = jobs_.at(id);
    if (job.state == JobState::running) begin(job, actions);
  }
  for (const auto& id : open) {
    JobRecord& job = jobs_.at(id);
    if (job.state != JobState::queued) continue;
    if (job.serial_key.empty()) {
      begin(job, actions);
    } else {
      advance(job.serial_key, actions);
    }
  }
  return actions;
}

Ledger::Actions Ledger::progress(const std::string& id, std::uint64_t epoch,
                                 const schemas::Progress& progress) {
  if (!is_running(id, epoch)) return {};
  JobRecord& job = jobs_.at(id);
  job.progress = progress;
  if (progress.checkpoint_step <= job.checkpoint_step) return {};
  job.checkpoint_step = progress.checkpoint_step;
  // A checkpoint that was lost and is made again is no progress: that could go on forever.
  if (job.checkpoint_step > job.furthest_step) {
    job.furthest_step = job.checkpoint_step;
    job.lost = 0;
  }
  return {save(job, "checkpoint", "step " + std::to_string(job.checkpoint_step))};
}

Ledger::Actions Ledger::step(const JobEvent& event) {
  if (!is_open(event.job)) return {};
  JobRecord& job = jobs_.at(event.job);
  if (event.epoch != 0 && event.epoch != job.epoch) return {};
  const bool running = job.state == JobState::running;
  Actions actions;
  switch (event.type) {
    case JobEvent::Type::finish:
      if (running) end(job, event, JobState::done, actions);
      break;
    case JobEvent::Type::fail:
      // The checkpoint is gone or damaged: the attempt can be made from the beginning.
      if (event.fault.code == "no_checkpoint" && running && job.checkpoint_step > 0) {
        job.checkpoint_step = 0;
        lose(job, event, actions);
      } else {
        end(job, event, JobState::failed, actions);
      }
      break;
    case JobEvent::Type::lose:
      if (running) lose(job, event, actions);
      break;
    case JobEvent::Type::cancel: end(job, event, JobState::cancelled, actions); break;
    case JobEvent::Type::pause:
      if (job.state != JobState::paused) pause(job, event, actions);
      break;
    case JobEvent::Type::resume:
      if (job.state == JobState::paused) resume(job, actions);
      break;
  }
  return actions;
}

void Ledger::begin(JobRecord& job, Actions& actions) {
  if (job.attempt == 0) job.attempt = 1;
  go_back(job);
  let_go_before(job, actions);
  ++job.epoch;
  job.state = JobState::running;
  actions.push_back(save(job, "started", attempt_text(job)));
  actions.push_back({.type = Type::start, .job = job.id, .epoch = job.epoch});
}

// Begins the next job of a serial queue when none of it is under way.
void Ledger::advance(const std::string& serial_key, Actions& actions) {
  const auto queue = serial_.find(serial_key);
  if (queue == serial_.end()) return;
  JobRecord* next = nullptr;
  for (const auto& id : queue->second) {
    JobRecord& job = jobs_.at(id);
    const bool under_way =
        job.state == JobState::running || (job.state == JobState::paused && job.attempt > 0);
    if (under_way) return;
    if (job.state == JobState::queued && next == nullptr) next = &job;
  }
  if (next != nullptr) begin(*next, actions);
}

void Ledger::lose(JobRecord& job, const JobEvent& event, Actions& actions) {
  if (!job.durable) return end(job, event, JobState::failed, actions);
  if (!event.to_blame) {
    actions.push_back(save(job, "lost", event.fault.cause));
    actions.push_back({.type = Type::stop, .job = job.id, .epoch = job.epoch});
    return begin(job, actions);
  }
  note_reason(job, event.fault.cause);
  if (++job.lost >= kMaxAttempts) {
    JobEvent last = event;
    last.fault.cause = given_up_text(job);
    return end(job, last, JobState::failed, actions);
  }
  actions.push_back(save(job, "lost", event.fault.cause));
  actions.push_back({.type = Type::stop, .job = job.id, .epoch = job.epoch});
  ++job.attempt;
  begin(job, actions);
}

void Ledger::pause(JobRecord& job, const JobEvent&, Actions& actions) {
  const bool ran = job.state == JobState::running;
  job.state = JobState::paused;
  go_back(job);
  actions.push_back(save(job, "paused"));
  if (ran) actions.push_back({.type = Type::stop, .job = job.id, .epoch = job.epoch});
}

void Ledger::resume(JobRecord& job, Actions& actions) {
  const bool had_begun = job.attempt > 0;
  job.state = JobState::queued;
  actions.push_back(save(job, "resumed"));
  if (had_begun || job.serial_key.empty()) {
    begin(job, actions);
  } else {
    advance(job.serial_key, actions);
  }
}

void Ledger::end(JobRecord& job, const JobEvent& event, JobState outcome, Actions& actions) {
  job.state = outcome;
  job.fault = event.fault;
  job.ended_ms = event.at_ms;
  if (job.is_kept()) hint_at_retry(job);
  actions.push_back(save(job, name_of(outcome), event.fault.cause));
  actions.push_back({.type = Type::end,
                     .job = job.id,
                     .epoch = job.epoch,
                     .outcome = outcome,
                     .ended = std::make_shared<const JobRecord>(job)});
  if (job.is_kept()) keep(job, actions);
  if (!job.serial_key.empty()) {
    const std::string key = job.serial_key;
    auto& queue = serial_.at(key);
    queue.erase(std::find(queue.begin(), queue.end(), job.id));
    if (queue.empty()) serial_.erase(key);
    advance(key, actions);
  }
  remember(job, actions);
}

void Ledger::remember(const JobRecord& job, Actions& actions) {
  if (job.durable && !job.call) return remember_durable(job, actions);
  auto& ended = job.call ? ended_calls_ : ended_others_;
  ended.push_back(job.id);
  if (ended.size() > (job.call ? kKeptCalls : kKeptOthers)) forget_oldest(ended, actions);
}

// Whoever has the most gives way: nobody drives out what others may still ask for.
void Ledger::remember_durable(const JobRecord& job, Actions& actions) {
  ended_durable_[job.owner].push_back(job.id);
  if (++ended_durable_count_ <= kKeptDurable) return;
  const auto most = std::max_element(
      ended_durable_.begin(), ended_durable_.end(),
      [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  forget_durable(most->second, actions);
}

Ledger::Actions Ledger::expire(std::int64_t before_ms) {
  Actions actions;
  for (auto owner = ended_durable_.begin(); owner != ended_durable_.end();) {
    auto& ended = owner->second;
    while (!ended.empty() && jobs_.at(ended.front()).ended_ms < before_ms) {
      forget_durable(ended, actions);
    }
    owner = ended.empty() ? ended_durable_.erase(owner) : std::next(owner);
  }
  return actions;
}

void Ledger::forget_durable(std::deque<std::string>& ended, Actions& actions) {
  forget_oldest(ended, actions);
  --ended_durable_count_;
}

void Ledger::forget_oldest(std::deque<std::string>& ended, Actions& actions) {
  let_go(ended.front(), "the job is forgotten", actions);
  const auto oldest = jobs_.find(ended.front());
  if (oldest->second.durable) actions.push_back({.type = Type::forget, .job = oldest->first});
  if (!oldest->second.key.empty()) by_key_.erase({oldest->second.owner, oldest->second.key});
  jobs_.erase(oldest);
  ended.pop_front();
}

}  // namespace flow
