#include "flow/access/audit_check.h"

#include <algorithm>
#include <iomanip>
#include <iostream>

#include "flow/access/chain.h"
#include "flow/access/settings.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/json.h"
#include "flow/command/render.h"

namespace flow::command {
namespace {

struct AuditOptions {
  std::uint64_t lines = 100;
  bool refused = false;
};

access::Files files() {
  return access::Files(find_places().home);
}

Json json_of(const access::LogPlace& place) {
  return {{"file", place.file.string()}, {"line", place.line}};
}

Json json_of(const std::filesystem::path& log, const access::LogCheck& found) {
  Json unfinished = Json::array();
  for (const auto& place : found.unfinished) unfinished.push_back(json_of(place));
  Json value = {{"log", log.string()},
                {"ok", !found.bad},
                {"lines", found.lines},
                {"files", found.files},
                {"unfinished", unfinished}};
  if (!found.bad) return value;
  value["bad"] = json_of(*found.bad);
  value["why"] = found.why;
  return value;
}

std::string text_of(const access::LogPlace& place) {
  return place.file.string() + (place.line == 0 ? "" : ", line " + std::to_string(place.line));
}

void print(const std::filesystem::path& log, const access::LogCheck& found) {
  for (const auto& place : found.unfinished) {
    std::cout << "note  " << text_of(place) << ": cut short by a kill or a full disk\n";
  }
  if (found.bad) {
    std::cout << "FAIL  " << text_of(*found.bad) << ": " << found.why << '\n'
              << "      " << found.lines << " lines before it hang together\n";
  } else {
    std::cout << "ok    " << log.string() << ": " << found.lines << " lines in " << found.files
              << (found.files == 1 ? " file\n" : " files\n");
  }
}

int run_verify(const Context& context) {
  const access::Files at = files();
  Json logs = Json::array();
  bool ok = true;
  for (const auto& log : {at.audit, at.refusals}) {
    const auto found = access::check_log(log);
    ok = ok && !found.bad;
    logs.push_back(json_of(log, found));
    if (!context.json) print(log, found);
  }
  if (context.json) print_json({{"ok", ok}, {"logs", logs}});
  return ok ? exit_code::kOk : exit_code::kFailure;
}

// The last lines of both logs, by time.
std::vector<Json> entries(const AuditOptions& options) {
  const access::Files at = files();
  std::vector<Json> found;
  const auto add = [&](const std::filesystem::path& log) {
    for (const auto& line : access::last_lines_of(log, options.lines)) {
      Json entry = Json::parse(line, nullptr, false);
      if (entry.is_object() && entry.contains("what")) found.push_back(std::move(entry));
    }
  };
  if (!options.refused) add(at.audit);
  add(at.refusals);
  const auto time = [](const Json& entry) { return entry.value("at_ms", std::int64_t{0}); };
  std::stable_sort(found.begin(), found.end(),
                   [&](const Json& a, const Json& b) { return time(a) < time(b); });
  const auto more = found.size() - std::min<std::size_t>(found.size(), options.lines);
  found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(more));
  return found;
}

void print(const Json& entry) {
  const auto text = [&](const char* field) { return entry.value(field, std::string()); };
  const std::string who = text("who").empty() ? "-" : text("who");
  std::cout << local_time(entry.value("at_ms", std::int64_t{0})) << "  " << std::left
            << std::setw(8) << text("verdict") << ' ' << std::setw(24) << who << ' '
            << text("what");
  if (const auto times = entry.value("times", 1); times > 1)
    std::cout << "  (" << times << " more)";
  if (!text("why").empty()) std::cout << ": " << text("why");
  std::cout << "  [" << text("link") << (text("by").empty() ? "" : " " + text("by")) << "]\n";
}

int run_show(const Context& context, const AuditOptions& options) {
  const auto found = entries(options);
  if (context.json) {
    print_json({{"entries", found}});
    return exit_code::kOk;
  }
  for (const auto& entry : found) print(entry);
  if (found.empty()) std::cout << "no entries\n";
  return exit_code::kOk;
}

}  // namespace

void add_audit(App& app, Context& context) {
  auto options = std::make_shared<AuditOptions>();
  auto* audit = app.add_subcommand("audit", "Show and check who asked what, and with what verdict");
  audit->require_subcommand(1, 1);
  auto* verify =
      audit->add_subcommand("verify", "Find the first line that was changed, removed or moved");
  add_output_options(*verify, context);
  verify->callback([&context] { context.action = [&context] { return run_verify(context); }; });
  auto* show = audit->add_subcommand("show", "Print the last lines, oldest first");
  add_output_options(*show, context);
  show->add_option("-n,--lines", &options->lines, "How many (default: 100)")
      ->check(range(1, 1'000'000));
  show->add_flag("--refused", options->refused, "Only what was refused");
  show->callback([&context, options] {
    context.action = [&context, options] { return run_show(context, *options); };
  });
}

}  // namespace flow::command
