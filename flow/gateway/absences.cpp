#include "flow/gateway/absences.h"

#include <utility>

#include "flow/file/join_command.h"

namespace flow {
namespace {

bool waits_at(const OpenJob& job, std::size_t stage) {
  if (job.epoch == 0 || job.route == nullptr) return false;
  for (std::size_t hop = 0; hop < job.open.size(); ++hop) {
    if (job.open[hop] > 0 && job.route->path[hop] == stage) return true;
  }
  return false;
}

}  // namespace

std::optional<schemas::Fault> absence(const Flow& flow, std::size_t stage,
                                      const Replicas& replicas) {
  if (!replicas.away_since()) return std::nullopt;
  const Stage& config = flow.stages[stage];
  const std::string why = replicas.gone() ? "its last process " + *replicas.gone()
                                          : "no process of it has joined this server";
  return schemas::Fault{"unavailable", config.name, "",
                        "the stage '" + config.name + "' is not here: " + why,
                        "where it shall run: " + join_command(flow, config)};
}

std::optional<schemas::Fault> absence(const Flow& flow, const std::vector<Replicas>& replicas,
                                      const OpenJob& job) {
  for (std::size_t stage = 0; stage < replicas.size(); ++stage) {
    if (!waits_at(job, stage)) continue;
    if (auto fault = absence(flow, stage, replicas[stage])) return fault;
  }
  return std::nullopt;
}

Absences::Absences(const Flow& flow, Bookkeeping& books, Clients& clients, const OpenJobs& jobs,
                   const std::vector<Replicas>& replicas)
    : flow_(flow),
      books_(books),
      clients_(clients),
      jobs_(jobs),
      replicas_(replicas),
      told_(flow.stages.size()) {}

void Absences::check(std::size_t stage, Time now) {
  const auto since = replicas_[stage].away_since();
  if (!since) return tell_back(stage, now);
  if (now - *since < kTold) return;
  const auto fault = *absence(flow_, stage, replicas_[stage]);
  const bool given_up = now - *since > std::chrono::milliseconds(flow_.stages[stage].ready_ms);
  for (const auto& [id, job] : jobs_) {
    if (!waits_at(job, stage)) continue;
    if (given_up && !jobs_.outlasts(job)) {
      schemas::Fault its = fault;
      its.job = id;
      books_.fail(id, job.epoch, std::move(its));
    } else if (told_[stage].emplace(id, job.epoch).second) {
      tell(job, stage, std::string(schemas::Progress::kWaiting) + fault.cause + "; " + fault.hint,
           now);
    }
  }
}

void Absences::tell_back(std::size_t stage, Time now) {
  for (const auto& [id, epoch] : std::exchange(told_[stage], {})) {
    const OpenJob* job = jobs_.find(id);
    if (job != nullptr && job->epoch == epoch && waits_at(*job, stage))
      tell(*job, stage, "has joined", now);
  }
}

// What a called route waits for the client's job waits for.
void Absences::tell(const OpenJob& job, std::size_t stage, const std::string& text, Time now) {
  const OpenJob* told = jobs_.find(job.root());
  const JobRecord* record = told == nullptr ? nullptr : books_.ledger().find(told->id);
  if (record == nullptr) return;
  schemas::Progress progress = record->progress;
  progress.stage = flow_.stages[stage].name;
  progress.text = text;
  progress.eta_s.reset();
  books_.progress(told->id, told->epoch, progress, now);
  const schemas::Header header{.kind = schemas::Kind::progress, .job = told->id};
  clients_.tell_all(told->id,
                    executor::packet_of(header, schemas::Message::of(std::move(progress))));
}

}  // namespace flow
