#include "sampler/health_note.h"

#include <nlohmann/json.hpp>

#include "diffusion/durable_file.h"
#include "diffusion/error.h"
#include "diffusion/json_file.h"

namespace sampler {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "mirrored_health.json";

std::optional<double> number(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number()) return {};
  return found->get<double>();
}

nlohmann::json read(const fs::path& file) {
  try {
    auto json = diffusion::read_json_file(file);
    return json.is_object() ? json : nlohmann::json::object();
  } catch (const diffusion::Error&) {
    return nlohmann::json::object();
  }
}

}  // namespace

void write_health_note(const fs::path& folder, const HealthNote& note) {
  auto json = nlohmann::json::object();
  if (note.before) json["before"] = *note.before;
  if (note.just) json["just"] = *note.just;
  if (!note.earlier.empty()) json["earlier"] = note.earlier;
  diffusion::write_durably(folder / kFile, [&](const auto& append) { append(json.dump() + "\n"); });
}

HealthNote read_health_note(const fs::path& folder) {
  const auto json = read(folder / kFile);
  HealthNote note{.before = number(json, "before"), .just = number(json, "just"), .earlier = {}};
  const auto earlier = json.find("earlier");
  if (earlier == json.end() || !earlier->is_object()) return note;
  for (const auto& [version, loss] : earlier->items()) {
    if (loss.is_number()) note.earlier[version] = loss.get<double>();
  }
  return note;
}

}  // namespace sampler
