#include "flow/command/evaluate.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <iomanip>
#include <iostream>

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/files/json_text.h"
#include "executor/files/read_file.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/interrupt.h"
#include "flow/command/json.h"
#include "flow/command/private_server.h"
#include "flow/command/suite.h"
#include "schemas/evaluation.h"

namespace flow::command {
namespace {

namespace fs = std::filesystem;

constexpr const char* kReport = "report.json";
constexpr int kNameWidth = 20, kValueWidth = 14;

struct EvaluateOptions {
  std::string suite;
  std::string folder;  // of the results
  bool quick = false;
};

void print_row(const std::string& name, const Json& strategies,
               const std::function<std::string(const Json&)>& cell) {
  std::cout << std::left << std::setw(kNameWidth) << name << std::right;
  for (const auto& strategy : strategies) std::cout << std::setw(kValueWidth) << cell(strategy);
  std::cout << '\n';
}

// Measures as rows, strategies as columns.
void print_table(const Json& report) {
  const auto& strategies = report.at("strategies");
  print_row("", strategies, [](const Json& s) { return s.at("strategy").get<std::string>(); });
  for (const auto& column : report.at("columns")) {
    const auto name = column.get<std::string>();
    print_row(name, strategies, [&](const Json& s) {
      if (s.at(name).is_null()) return std::string("-");
      char text[32];
      std::snprintf(text, sizeof text, "%.3g", s.at(name).get<double>());
      return std::string(text);
    });
  }
}

int show(const Context& context, const fs::path& folder) {
  auto report = read_report(folder);
  std::vector<std::string> maps;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto kind = entry.path().extension();
    if (kind == ".png" || kind == ".html") maps.push_back(entry.path().string());
  }
  std::sort(maps.begin(), maps.end());
  if (context.json) {
    report["folder"] = folder.string();
    report["heat_maps"] = maps;
    print_json(report);
    return exit_code::kOk;
  }
  print_table(report);
  for (const auto& map : maps) std::cout << map << '\n';
  return exit_code::kOk;
}

int run(const Context& context, const EvaluateOptions& options) {
  catch_interrupt();
  const Places places = find_places();
  auto suite = read_suite(options.suite);
  if (options.quick) make_quick(suite);
  const fs::path folder = fs::absolute(
      options.folder.empty() ? places.home / "evaluation" / suite.name : fs::path(options.folder));
  ProgressView view(context.quiet);
  PrivateServer server(places.share / "evaluate.toml", folder / "home",
                       {{"SOUVENIR_EVALUATION", folder.string()}}, view);
  Observer observer;
  observer.progress = [&](const auto& progress, const auto&) { view.show(progress); };
  observer.interrupted = interrupted;
  server.client().call("/evaluate", schemas::Message::of(suite.request, suite.pictures), observer);
  server.stop();
  return show(context, folder);
}

}  // namespace

Json read_report(const fs::path& folder) {
  const auto file = folder / kReport;
  if (!fs::exists(file)) {
    throw executor::Error("not_found", folder.string() + " has no " + kReport,
                          "run 'souvenir evaluate run' first");
  }
  try {
    const auto text = files::read_file(file, files::JsonLimits{}.bytes);
    files::check_json(text);
    auto report = Json::parse(text);
    if (!report.is_object()) throw files::Error("holds no object");
    return report;
  } catch (const files::Error& error) {
    throw executor::Error("bad_input", file.string() + " is no report: " + error.what(),
                          "run 'souvenir evaluate run' again");
  }
}

void add_evaluate(App& app, Context& context) {
  auto options = std::make_shared<EvaluateOptions>();
  auto* evaluate =
      app.add_subcommand("evaluate", "Measure how well a metamodel keeps what it learns");
  evaluate->require_subcommand(1, 1);
  auto* run_it = evaluate->add_subcommand(
      "run",
      "Teach the things of a suite with each strategy and measure after each; continues "
      "where it stopped");
  run_it->add_option("suite", &options->suite, "A suite file")->required();
  run_it->add_option("--output-dir", &options->folder,
                     "Folder for all results (default: SOUVENIR_HOME/evaluation/<suite>)");
  run_it->add_flag("--quick", options->quick, "4 things, 1 order, 1 seed, 3 strategies");
  add_output_options(*run_it, context);
  run_it->callback([&context, options] {
    context.action = [&context, options] { return run(context, *options); };
  });
  auto* show_it = evaluate->add_subcommand(
      "show", "Print the table of a run, and the paths of its .png and .html files");
  show_it->add_option("folder", &options->folder, "Folder of an 'evaluate run'")->required();
  add_output_options(*show_it, context);
  show_it->callback([&context, options] {
    context.action = [&context, options] { return show(context, options->folder); };
  });
}

}  // namespace flow::command
