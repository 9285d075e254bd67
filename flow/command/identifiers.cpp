#include "schemas/identifiers.h"

#include <iomanip>
#include <iostream>

#include "executor/require_valid.h"
#include "flow/command/ask.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/json.h"
#include "flow/command/output_files.h"
#include "schemas/generate.h"

namespace flow::command {
namespace {

constexpr std::uint64_t kSuggestionSeed = 1;  // the same noise for every word
constexpr std::int64_t kSuggestionImages = 4;

struct IdentifierOptions {
  schemas::Identifiers list;
  schemas::Forget forget;
  schemas::Suggest suggest;
  std::string output_dir;
};

void print(const schemas::IdentifierList& list, bool json) {
  Json all = Json::array();
  for (const auto& i : list.identifiers) {
    if (!json) {
      std::cout << std::left << std::setw(16) << i.identifier << std::setw(16) << i.category
                << std::setw(14) << i.target_model << std::setw(16) << i.owner << i.created << '\n';
    }
    all.push_back({{"identifier", i.identifier},
                   {"category", i.category},
                   {"target_model", i.target_model},
                   {"owner", i.owner},
                   {"version", i.version},
                   {"model", i.model},
                   {"created", i.created}});
  }
  if (!json && all.empty()) std::cout << "no identifiers\n";
  if (json) print_json({{"identifiers", all}});
}

int run_list(const Context& context, const IdentifierOptions& options) {
  executor::require_valid(options.list);
  Questions questions(context);
  const auto list = questions.ask<schemas::IdentifierList>("/identifiers", options.list);
  questions.close();
  print(list, context.json);
  if (list.identifiers.empty())
    questions.note("nothing has been taught yet; see souvenir finetune --help");
  return exit_code::kOk;
}

int run_remove(const Context& context, const IdentifierOptions& options) {
  executor::require_valid(options.forget);
  Questions questions(context);
  const auto gone = questions.ask<schemas::Forgotten>("/forget", options.forget);
  questions.close();
  if (context.json) {
    print_json({{"identifier", gone.identifier},
                {"category", gone.category},
                {"target_model", gone.target_model},
                {"seen_by", gone.seen_by}});
    return exit_code::kOk;
  }
  std::cout << gone.identifier << '\n';
  if (gone.seen_by.empty()) return exit_code::kOk;
  std::string versions;
  for (const auto& version : gone.seen_by) versions += " " + version;
  questions.note("its pictures are not used for training again, but these versions have seen it:" +
                 versions);
  questions.note("for a model that has not: souvenir models retrain --target-model " +
                 gone.target_model);
  return exit_code::kOk;
}

Json drawn(Questions& questions, const std::string& word, const schemas::Suggest& suggest,
           NumberedFiles& files) {
  schemas::Generate request;
  request.prompt = "a " + word + (suggest.category.empty() ? "" : " " + suggest.category);
  request.target_model = "pretrained";
  request.num_images = kSuggestionImages;
  request.seed = kSuggestionSeed;
  request.grid = true;
  const auto answers = questions.ask("/generate", schemas::Message::of(request));
  return {{"identifier", word}, {"sheet", files.write(word, answers.at(0).blobs.back()).string()}};
}

int run_suggest(const Context& context, const IdentifierOptions& options) {
  executor::require_valid(options.suggest);
  NumberedFiles files(options.output_dir.empty() ? find_places().home / "outputs" / today()
                                                 : std::filesystem::path(options.output_dir));
  Questions questions(context);
  const auto words = questions.ask<schemas::RareIdentifiers>("/suggest", options.suggest);
  Json all = Json::array();
  for (const auto& word : words.rare_identifiers) {
    all.push_back(drawn(questions, word, options.suggest, files));
    if (context.json) continue;
    std::cout << std::left << std::setw(16) << word << all.back()["sheet"].get<std::string>()
              << std::endl;
  }
  questions.close();
  if (context.json) print_json({{"identifiers", all}});
  questions.note(
      "a good identifier has no meaning of its own: its pictures have nothing in common");
  return exit_code::kOk;
}

}  // namespace

void add_identifiers(App& app, Context& context) {
  auto options = std::make_shared<IdentifierOptions>();
  auto* command = app.add_subcommand("identifiers", "List the things that you can draw");
  command->require_subcommand(0, 1);
  const auto set_action = [&context, options](App& named, auto run) {
    add_client_options(named, context);
    named.callback([&context, &named, options, run] {
      if (named.has_named_subcommand()) return;  // theirs has been set before
      context.action = [&context, options, run] { return run(context, *options); };
    });
  };
  command->add_option("--target-model", &options->list.target_model,
                      "private, private_meta or meta (default: all)");
  set_action(*command, run_list);

  auto* remove = command->add_subcommand("rm", "Remove a thing: its latents and its private model");
  remove->add_option("identifier", &options->forget.identifier, "Identifier of the thing")
      ->required();
  remove->add_option("--target-model", &options->forget.target_model,
                     "Required when several models know it");
  set_action(*remove, run_remove);

  auto* suggest = command->add_subcommand(
      "suggest", "Show free identifiers, and what the base model draws for each");
  suggest->add_option("--category", &options->suggest.category, "Draw \"a WORD CATEGORY\"");
  suggest->add_option("-n,--count", &options->suggest.count, "Number of identifiers");
  suggest->add_option("--output-dir", &options->output_dir,
                      "Folder for the contact sheets (default: SOUVENIR_HOME/outputs/<date>)");
  set_action(*suggest, run_suggest);
}

}  // namespace flow::command
