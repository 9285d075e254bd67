#include "flow/file/expand.h"

#include <cstdlib>
#include <string_view>
#include <vector>

#include "flow/file/check.h"
#include "schemas/nearest.h"

namespace flow {
namespace {

constexpr std::string_view kOpen = "${";
constexpr std::size_t kMaxDepth = 32;  // of variables and defaults inside each other

/// The position of the '}' that closes the "${" before `from`, or npos.
std::size_t find_close(const std::string& text, std::size_t from) {
  std::size_t open = 1;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text.compare(i, kOpen.size(), kOpen) == 0) {
      ++open;
      ++i;
    } else if (text[i] == '}' && --open == 0) {
      return i;
    }
  }
  return std::string::npos;
}

}  // namespace

void Expander::define(const std::string& name, const std::string& text, const Place& place) {
  if (done_.count(name) != 0) {
    fail_at(place, "variable '" + name + "' is built in", "choose another name");
  }
  if (waiting_.size() == kMaxVars) {
    fail_at(place, "more than " + std::to_string(kMaxVars) + " variables", "use fewer");
  }
  waiting_[name] = Variable{text, place};
}

std::string Expander::expand(const std::string& text, const Place& place) {
  if (depth_ == kMaxDepth) {
    fail_at(place, "more than " + std::to_string(kMaxDepth) + " nested substitutions",
            "write the value out");
  }
  ++depth_;
  std::string result;
  std::size_t from = 0;
  while (from < text.size()) {
    const std::size_t open = text.find(kOpen, from);
    result.append(text, from, open == std::string::npos ? open : open - from);
    if (open == std::string::npos) break;
    const std::size_t close = find_close(text, open + kOpen.size());
    if (close == std::string::npos) fail_at(place, "'${' without '}'", "close it with '}'");
    result += value_of(text.substr(open + 2, close - open - 2), place);
    from = close + 1;
    if (result.size() > kMaxExpandedBytes) break;
  }
  --depth_;
  if (result.size() > kMaxExpandedBytes) {
    fail_at(place, "longer than " + std::to_string(kMaxExpandedBytes) + " bytes",
            "use a shorter value");
  }
  return result;
}

std::string Expander::value_of(const std::string& inner, const Place& place) {
  if (inner.rfind("var.", 0) == 0) return variable(inner.substr(4), place);
  if (inner.rfind("env.", 0) == 0) return environment(inner.substr(4), place);
  fail_at(place, "'${" + inner + "}' is neither a variable nor an environment variable",
          "write ${var.NAME}, ${env.NAME} or ${env.NAME:-default}");
}

std::string Expander::variable(const std::string& name, const Place& place) {
  if (const auto found = done_.find(name); found != done_.end()) return found->second;
  const auto found = waiting_.find(name);
  if (found == waiting_.end()) {
    std::vector<std::string> names;
    for (const auto& [known, value] : done_) names.push_back(known);
    for (const auto& [known, value] : waiting_) names.push_back(known);
    fail_at(place, "there is no variable '" + name + "'" + schemas::did_you_mean(name, names),
            "define it in [var]");
  }
  Variable& open = found->second;
  if (open.open) {
    fail_at(open.place, "variable '" + name + "' uses itself", "remove the cycle from [var]");
  }
  open.open = true;
  std::string value = expand(open.text, open.place);
  waiting_.erase(name);
  return done_[name] = std::move(value);
}

std::string Expander::environment(const std::string& inner, const Place& place) {
  const std::size_t split = inner.find(":-");
  const std::string name = inner.substr(0, split);
  const char* value = std::getenv(name.c_str());
  if (value != nullptr && (*value != '\0' || split == std::string::npos)) return value;
  if (split != std::string::npos) return expand(inner.substr(split + 2), place);
  fail_at(place, "the environment variable '" + name + "' is not set",
          "set it, or write ${env." + name + ":-default}");
}

}  // namespace flow
