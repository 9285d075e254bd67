#include "flow/access/strict_json.h"

#include <set>
#include <string>
#include <vector>

#include "executor/files/file_error.h"
#include "executor/files/json_text.h"
#include "flow/access/private_file.h"

namespace flow::access {

std::optional<nlohmann::json> parse_object(std::string_view text) {
  using nlohmann::json;
  try {
    files::check_json(text, {.bytes = kMaxAccessFileBytes, .levels = kMaxJsonDepth});
  } catch (const files::Error&) {
    return std::nullopt;
  }
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  bool good = true;
  const auto watch = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key) {
      good = keys.back().insert(parsed.get<std::string>()).second && good;
    }
    return good;
  };
  json value = json::parse(text.begin(), text.end(), watch, false);
  if (!good || !value.is_object()) return std::nullopt;
  return value;
}

}  // namespace flow::access
