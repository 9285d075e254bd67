#include "store/retention_note.h"

#include <nlohmann/json.hpp>

#include "executor/files/durable_file.h"
#include "executor/files/file_error.h"
#include "executor/files/json_file.h"

namespace store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "retention.json";

std::optional<double> number(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number()) return {};
  return found->get<double>();
}

nlohmann::json read(const fs::path& file) {
  try {
    auto json = files::read_json_file(file);
    return json.is_object() ? json : nlohmann::json::object();
  } catch (const files::Error&) {
    return nlohmann::json::object();
  }
}

}  // namespace

void write_retention_note(const fs::path& folder, const RetentionNote& note) {
  auto json = nlohmann::json::object();
  if (note.before) json["before"] = *note.before;
  if (note.just) json["just"] = *note.just;
  if (!note.earlier.empty()) json["earlier"] = note.earlier;
  files::write_durably(folder / kFile, [&](const auto& append) { append(json.dump() + "\n"); });
}

RetentionNote read_retention_note(const fs::path& folder) {
  const auto json = read(folder / kFile);
  RetentionNote note{.before = number(json, "before"), .just = number(json, "just"), .earlier = {}};
  const auto earlier = json.find("earlier");
  if (earlier == json.end() || !earlier->is_object()) return note;
  for (const auto& [version, loss] : earlier->items()) {
    if (loss.is_number()) note.earlier[version] = loss.get<double>();
  }
  return note;
}

}  // namespace store
