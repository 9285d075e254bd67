#include "evaluation/base_metrics.h"

#include <algorithm>
#include <string>
#include <utility>

#include "evaluation/measured.h"
#include "evaluation/metric_table.h"
#include "executor/files/sha256.h"

namespace evaluation {
namespace {

constexpr std::size_t kHashLetters = 12;
constexpr const char* kDrawingFiles[] = {
    "unet/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors",
    "vae/diffusion_pytorch_model.safetensors", "scheduler/scheduler_config.json"};
constexpr const char* kAdvice = "souvenir.json";  // guidance and steps; a model may have none

const std::pair<const char*, Measured (*)(const Scene&)> kParts[] = {
    {"judge", measure_judge},       {"categories", measure_categories}, {"words", measure_words},
    {"vae", measure_vae},           {"diversity", measure_diversity},   {"copies", measure_copies},
    {"subjects", measure_subjects}, {"curves", measure_curves}};

// Pictures of another model, or drawn otherwise, must not be taken for this one's.
std::string hash_of(const std::filesystem::path& model) {
  files::Sha256 hash;
  for (const auto* file : kDrawingFiles) hash.add(read_file(model / file).view());
  if (std::filesystem::exists(model / kAdvice)) hash.add(read_file(model / kAdvice).view());
  return hash.finish().substr(0, kHashLetters);
}

void check(const schemas::MeasureBase& asked) {
  for (const auto& part : asked.parts) {
    if (std::any_of(std::begin(kParts), std::end(kParts),
                    [&](const auto& known) { return part == known.first; })) {
      continue;
    }
    throw executor::Error("bad_input", "there is no part \"" + part + "\"",
                          "parts are judge, categories, words, vae, diversity, copies, subjects, "
                          "curves");
  }
  if (asked.pictures < 1 || asked.pictures > kMaxPictures) {
    throw executor::Error("bad_input", "pictures must be 1 to " + std::to_string(kMaxPictures) +
                                           ", not " + std::to_string(asked.pictures));
  }
}

bool wanted(const schemas::MeasureBase& asked, const std::string& part) {
  return asked.parts.empty() ||
         std::find(asked.parts.begin(), asked.parts.end(), part) != asked.parts.end();
}

}  // namespace

BaseMetrics::BaseMetrics(const executor::Setup& setup)
    : model_(setup.params.get<std::string>("model")),
      out_(setup.params.get<std::string>("out")),
      subjects_(setup.params.get<std::string>("subjects")),
      curves_(setup.params.get<std::string>("curves")),
      side_(static_cast<int>(setup.params.get<std::int64_t>("side_px"))) {
  setup.loading("reading pictures");
  const std::filesystem::path pictures = setup.params.get<std::string>("pictures");
  training_ = pictures::read_pictures(pictures);
  unseen_ = pictures::read_pictures(pictures, "heldout.jsonl");
  kept_ = out_ / ("drawn-" + hash_of(model_));
}

void BaseMetrics::process(const schemas::Message& in, executor::Outbox& out) {
  const auto asked = in.as<schemas::MeasureBase>();
  check(asked);
  RouteClient routes(out, kept_);
  const Scene scene{routes, asked, training_, unseen_, side_, out_, subjects_, curves_};
  schemas::MetricTable table;
  table.out = out_.string();
  for (const auto& [part, measure] : kParts) {
    if (wanted(asked, part)) keep(out_, part, measure(scene));
    for (auto& figure : kept(out_, part)) table.figures.push_back(std::move(figure));
  }
  write_file(out_ / "figures.md", markdown_of(table.figures));
  out.send(schemas::Message::of(table));
}

std::vector<executor::Handler> base_metrics_handlers() {
  return {{schemas::MeasureBase::kType, {schemas::MetricTable::kType}}};
}

std::vector<executor::Param> base_metrics_params() {
  return {{"model", std::string(), "the diffusers folder that the flow draws with"},
          {"pictures", std::string(), "what it was trained on: metadata.jsonl and heldout.jsonl"},
          {"subjects", std::string(), "folder with a folder of pictures for each unseen subject"},
          {"curves", std::string(),
           "folder with the trainers' vae.csv, decoder.csv, base.csv, judge.csv"},
          {"out", std::string(), "folder that tables and sheets are written to"},
          {"side_px", std::int64_t{64}, "side of the model's pictures", 8, 1024}};
}

}  // namespace evaluation
