#include "evaluation/forgetting.h"

#include <set>
#include <string>
#include <utility>

#include "compute/clear_errors.h"
#include "diffusion/formats/made_from.h"
#include "diffusion/networks/allocator.h"
#include "evaluation/probe.h"
#include "evaluation/report.h"
#include "evaluation/route_client.h"
#include "evaluation/run_metrics.h"
#include "evaluation/suite_runner.h"
#include "executor/files/checksums.h"
#include "executor/files/mapped_file.h"
#include "schemas/models.h"

namespace evaluation {
namespace {

constexpr const char* kIdentityFile = "made_with.txt";

// What else results depend on: the model's weights, and the judge's files.
std::string identity_of_eyes(const executor::Setup& setup, const std::filesystem::path& model) {
  setup.loading("reading the model and the judge");
  const std::filesystem::path judge = setup.params.get<std::string>("judge");
  files::Crc32 sum;
  std::set<std::filesystem::path> files;
  if (!judge.empty()) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(judge)) {
      if (entry.is_regular_file()) files.insert(entry.path());
    }
  }
  for (const auto& file : files) sum.add(files::MappedFile(file).bytes());
  return "model " + diffusion::hash_of_model(model) + "\njudge " + sum.digits() + "\n";
}

std::unique_ptr<Probe> probe_from(const executor::Setup& setup) {
  setup.loading("loading model");
  std::unique_ptr<Probe> probe;
  compute::with_clear_errors("bad_config", "", [&] { probe = std::make_unique<Probe>(setup); });
  return probe;
}

}  // namespace

Forgetting::Forgetting(const executor::Setup& setup)
    : probe_(probe_from(setup)),
      looks_with_(identity_of_eyes(setup, probe_->folder())),
      out_(setup.params.get<std::string>("out")),
      home_(setup.home) {
  diffusion::tune_allocator();
  if (out_.empty()) throw executor::Error("bad_config", "'out' is empty", "name a folder");
}

Forgetting::~Forgetting() = default;

void Forgetting::process(const schemas::Message& in, executor::Outbox& out) {
  compute::with_clear_errors("bad_input", "", [&] { run(in, out); });
}

void Forgetting::claim(const schemas::Message& in) const {
  const auto identity = identity_of(in) + "\n" + looks_with_;
  const auto file = out_ / kIdentityFile;
  if (!std::filesystem::exists(file)) return write_file(file, identity);
  if (read_file(file).view() == identity) return;
  throw executor::Error("exists",
                        out_.string() + " has the results of another suite, model or judge",
                        "name another folder with --output-dir, or remove this one");
}

void Forgetting::run(const schemas::Message& in, executor::Outbox& out) {
  check(in.as<schemas::EvaluationSuite>(), in.blobs.size());
  claim(in);
  RouteClient routes(out, out_ / "pretrained");
  const auto data = suite_data_of(in, routes, *probe_);
  SuiteRunner runner(out, *probe_, data, out_, home_);
  std::vector<Done> done;
  for (const auto& each : runs_of(data.suite)) done.push_back({each, runner.so_far(each)});
  auto table = write_report(out_, data.suite, done);
  for (auto& each : done) {
    if (whole(data.suite, each)) continue;
    each.tasks = runner.go_through(each.run);
    table = write_report(out_, data.suite, done);
  }
  out.send(schemas::Message::of(table));
}

std::vector<executor::Handler> forgetting_handlers() {
  return {{schemas::EvaluationSuite::kType, {schemas::EvaluationTable::kType}}};
}

std::vector<executor::Call> forgetting_calls() {
  auto all = route_client_calls();
  all.push_back({"/models", schemas::Models::kType, schemas::ModelList::kType});
  all.push_back({"/admin/reset_model", schemas::ResetModel::kType, schemas::ModelList::kType});
  return all;
}

std::vector<executor::Param> forgetting_params() {
  return {{"model", std::string(), "folder of the pretrained model, as diffusers writes it"},
          {"judge", std::string(), "folder of the judge that /judge asks, to know it again"},
          {"out", std::string(), "folder that everything measured is kept in"}};
}

}  // namespace evaluation
