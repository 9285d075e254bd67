#include "memory/memory.h"

#include <set>
#include <string>
#include <utility>

#include "diffusion/allocator.h"
#include "diffusion/checksums.h"
#include "diffusion/mapped_file.h"
#include "diffusion/model_folder.h"
#include "figures/studio.h"
#include "memory/lessons.h"
#include "memory/probe.h"
#include "memory/report.h"
#include "memory/run_figures.h"
#include "models/faults.h"
#include "schemas/models.h"

namespace memory {
namespace {

constexpr const char* kIdentityFile = "made_with.txt";

// What else results depend on: the model's weights, and the judge's files.
std::string identity_of_eyes(const std::filesystem::path& model,
                             const std::filesystem::path& judge) {
  diffusion::Crc32 sum;
  std::set<std::filesystem::path> files;
  if (!judge.empty()) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(judge)) {
      if (entry.is_regular_file()) files.insert(entry.path());
    }
  }
  for (const auto& file : files) sum.add(diffusion::MappedFile(file).bytes());
  return "model " + diffusion::hash_of_model(model) + "\njudge " + sum.digits() + "\n";
}

std::unique_ptr<Probe> probe_from(const executor::Setup& setup) {
  setup.loading("loading model");
  std::unique_ptr<Probe> probe;
  models::with_clear_errors("bad_config", "", [&] { probe = std::make_unique<Probe>(setup); });
  return probe;
}

}  // namespace

Memory::Memory(const executor::Setup& setup)
    : probe_(probe_from(setup)),
      looks_with_(identity_of_eyes(probe_->folder(), setup.params.get<std::string>("judge"))),
      out_(setup.params.get<std::string>("out")),
      store_(setup.home / "store") {
  diffusion::tune_allocator();
  if (out_.empty()) throw executor::Error("bad_config", "'out' is empty", "name a folder");
}

Memory::~Memory() = default;

void Memory::process(const schemas::Message& in, executor::Outbox& out) {
  models::with_clear_errors("bad_input", "", [&] { run(in, out); });
}

void Memory::claim(const schemas::Message& in) const {
  const auto identity = identity_of(in) + "\n" + looks_with_;
  const auto file = out_ / kIdentityFile;
  if (!std::filesystem::exists(file)) return figures::write_file(file, identity);
  if (figures::read_file(file).view() == identity) return;
  throw executor::Error("exists",
                        out_.string() + " has the results of another suite, model or judge",
                        "name another folder with --output-dir, or remove this one");
}

void Memory::run(const schemas::Message& in, executor::Outbox& out) {
  check(in.as<schemas::MemorySuite>(), in.blobs.size());
  claim(in);
  figures::Studio studio(out, out_ / "pretrained");
  const auto material = material_of(in, studio, *probe_);
  Lessons lessons(out, *probe_, material, out_, store_);
  std::vector<Done> done;
  for (const auto& each : runs_of(material.suite)) done.push_back({each, lessons.so_far(each)});
  auto table = write_report(out_, material.suite, done);
  for (auto& each : done) {
    if (whole(material.suite, each)) continue;
    each.tasks = lessons.go_through(each.run);
    table = write_report(out_, material.suite, done);
  }
  out.send(schemas::Message::of(table));
}

std::vector<executor::Handler> handlers() {
  return {{schemas::MemorySuite::kType, {schemas::MemoryTable::kType}}};
}

std::vector<executor::Call> calls() {
  auto all = figures::studio_calls();
  all.push_back({"/models", schemas::Models::kType, schemas::ModelList::kType});
  all.push_back({"/admin/reset_model", schemas::ResetModel::kType, schemas::ModelList::kType});
  return all;
}

std::vector<executor::Param> params() {
  return {{"model", std::string(), "folder of the pretrained model, as diffusers writes it"},
          {"judge", std::string(), "folder of the judge that /judge asks, to know it again"},
          {"out", std::string(), "folder that everything measured is kept in"}};
}

}  // namespace memory
