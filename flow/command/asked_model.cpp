#include "flow/command/asked_model.h"

#include <nlohmann/json.hpp>
#include <set>

#include "executor/error.h"
#include "executor/files/child_process.h"
#include "executor/files/json_file.h"
#include "executor/files/temporary_folder.h"
#include "executor/load.h"

namespace flow::command {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "souvenir-model";
constexpr const char* kParameter = "model";
// What draws with it. A judge, or a plugin of somebody else, means another kind of model.
const std::set<std::string> kPipelines = {"encoder", "sampler", "generator", "forgetting",
                                          "base_metrics"};
constexpr std::uint32_t kAnswer_ms = 60'000;  // the headers of a model on a disk that is busy
constexpr const char* kRemedy =
    "set 'model' (SOUVENIR_MODEL in the shipped flow) to a Stable Diffusion 1 or 2 model: a folder "
    "as diffusers writes it, or a single .safetensors file";

nlohmann::json answer_of(const fs::path& program, const fs::path& model) {
  const files::TemporaryFolder folder;
  files::Spawn spawn;
  spawn.arguments = {program.string(), model.string()};
  spawn.output = folder / "answer";
  files::ChildProcess child(spawn);
  if (!child.wait(kAnswer_ms)) {
    throw executor::Error("bad_config", model.string() + ": its files are not read in a minute",
                          "see whether the disk that it is on answers");
  }
  return files::read_json_file(spawn.output);
}

}  // namespace

std::vector<std::string> ask_about_model(const fs::path& model) {
  const auto program = executor::program_folder() / kProgram;
  if (!fs::exists(program)) return {};
  const auto answer = answer_of(program, model);
  if (answer.contains("error")) {
    const auto hint = answer.value("hint", "");
    throw executor::Error("bad_config", answer.at("error").get<std::string>(),
                          hint.empty() ? kRemedy : hint);
  }
  return answer.at("notes").get<std::vector<std::string>>();
}

std::vector<std::string> ask_about_models(const Flow& flow) {
  std::set<std::string> asked;
  std::vector<std::string> notes;
  for (const auto& stage : flow.stages) {
    const auto given = stage.with.find(kParameter);
    if (stage.remote || given == stage.with.end() || !kPipelines.contains(stage.plugin.name))
      continue;
    const auto* model = std::get_if<std::string>(&given->second);
    if (model == nullptr || model->empty() || !asked.insert(*model).second) continue;
    for (auto& note : ask_about_model(*model)) notes.push_back(std::move(note));
  }
  return notes;
}

}  // namespace flow::command
