#include <algorithm>
#include <iostream>

#include "flow/command/context.h"
#include "flow/command/doctor_checks.h"
#include "flow/command/failure.h"
#include "flow/command/json.h"

namespace flow::command {
namespace {

int run_doctor(const Context& context) {
  const auto findings = examine();
  const bool healthy = std::all_of(findings.begin(), findings.end(),
                                   [](const Finding& finding) { return finding.ok; });
  Json checks = Json::array();
  for (const auto& f : findings) {
    checks.push_back({{"name", f.name}, {"ok", f.ok}, {"detail", f.detail}, {"hint", f.hint}});
    if (context.json) continue;
    std::cout << (f.ok ? "ok    " : "FAIL  ") << f.name << ": " << f.detail << '\n';
    if (!f.ok && !f.hint.empty()) std::cout << "      hint: " << f.hint << '\n';
  }
  if (context.json) print_json({{"ok", healthy}, {"checks", checks}});
  return healthy ? exit_code::kOk : exit_code::kDoctor;
}

}  // namespace

void add_doctor(App& app, Context& context) {
  auto* command = app.add_subcommand("doctor", "Find what is missing on this machine");
  add_output_options(*command, context);
  command->callback([&context] { context.action = [&context] { return run_doctor(context); }; });
}

}  // namespace flow::command
