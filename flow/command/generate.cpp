#include "schemas/generate.h"

#include <iostream>

#include "executor/require_valid.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/identifier_note.h"
#include "flow/command/interrupt.h"
#include "flow/command/json.h"
#include "flow/command/output_files.h"
#include "flow/command/server_process.h"
#include "schemas/identifiers.h"
#include "schemas/targets.h"

namespace flow::command {
namespace {

constexpr std::uint32_t kListIdentifiers_ms = 5'000;

struct GenerateOptions {
  schemas::Generate request;
  std::string output_dir;
  std::string key;
};

// Where the pictures of one request were saved.
struct Saved {
  std::string job;
  std::vector<std::string> images;
  std::string grid;
  std::uint64_t seed = 0;
};

void save(const schemas::Message& answer, NumberedFiles& files, Saved& saved) {
  const auto pictures = answer.as<schemas::Pictures>();
  const auto& settings = pictures.settings;
  const std::string name = slug(settings.prompt);
  const std::size_t count = answer.blobs.size() - (pictures.grid && !answer.blobs.empty() ? 1 : 0);
  if (saved.images.empty() && !settings.seeds.empty()) saved.seed = settings.seeds.front();
  for (std::size_t i = 0; i < count; ++i) {
    const auto seed = i < settings.seeds.size() ? settings.seeds[i] : saved.seed + i;
    saved.images.push_back(files.write(std::to_string(seed) + "-" + name, answer.blobs[i]));
  }
  if (count < answer.blobs.size()) saved.grid = files.write("grid-" + name, answer.blobs.back());
}

void print(const Saved& saved, bool json) {
  if (json) {
    print_json({{"job", saved.job},
                {"images", saved.images},
                {"grid", saved.grid.empty() ? Json() : Json(saved.grid)},
                {"seed", saved.seed}});
    return;
  }
  for (const auto& image : saved.images) std::cout << image << '\n';
  if (!saved.grid.empty()) std::cout << saved.grid << '\n';
}

// Asks what this owner has only when the pictures show nothing of it.
std::string note_of(Client& client, const schemas::Generate& request,
                    const std::vector<schemas::Message>& answers) {
  if (answers.empty()) return "";
  const auto drawn = answers.back().as<schemas::Pictures>().settings;
  if (!drawn.identifier.empty() || request.target_model == schemas::kPretrained) return "";
  try {
    const auto lists = client.call("/identifiers", schemas::Message::of(schemas::Identifiers{}), {},
                                   kListIdentifiers_ms);
    if (lists.empty()) return "";
    return identifier_note(request, drawn, lists.back().as<schemas::IdentifierList>());
  } catch (const std::exception&) {
    return "";  // the pictures are there: a note is worth no error
  }
}

int run_generate(const Context& context, const GenerateOptions& options) {
  executor::require_valid(options.request);
  catch_interrupt();
  const Places places = find_places();
  const auto folder = options.output_dir.empty() ? places.home / "outputs" / today()
                                                 : std::filesystem::path(options.output_dir);
  NumberedFiles files(folder);  // fails before the work when the folder cannot be written
  ProgressView view(context.quiet);
  Connection connection(context, places, view);
  Saved saved;
  Observer observer;
  observer.accepted = [&saved](const std::string& id) { saved.job = id; };
  observer.progress = [&view](const auto& progress, const auto&) { view.show(progress); };
  observer.interrupted = interrupted;
  const auto answers = connection.client().call("/generate", schemas::Message::of(options.request),
                                                observer, 0, options.key);
  for (const auto& answer : answers) save(answer, files, saved);
  const std::string note = note_of(connection.client(), options.request, answers);
  connection.close();
  if (!note.empty()) view.note(note);
  print(saved, context.json);
  return exit_code::kOk;
}

}  // namespace

void add_generate(App& app, Context& context) {
  auto options = std::make_shared<GenerateOptions>();
  auto& request = options->request;
  auto* command = app.add_subcommand("generate", "Draw pictures from a prompt");
  command->add_option("prompt", &request.prompt, "\"a sks dog on the moon\"")->required();
  command->add_option("-n,--num-images", &request.num_images, "How many pictures");
  command->add_option("--negative-prompt", &request.negative_prompt,
                      "What the pictures should not show");
  command->add_option("--steps,--num-inference-steps", &request.num_inference_steps,
                      "Denoising steps (default: the base model's advice)");
  command->add_option("--guidance-scale", &request.guidance_scale,
                      "How closely the pictures follow the prompt");
  command->add_option("--scheduler", &request.scheduler,
                      "ddim, ddim-trailing, pndm, dpmsolver++, dpmsolver++-karras or euler "
                      "(default: the model's own)");
  command->add_option("--seed", &request.seed,
                      "Picture i is drawn from seed + i (default: random)");
  command->add_option("--width", &request.width, "Pixels (default: the model's own size)");
  command->add_option("--height", &request.height, "Pixels (default: the model's own size)");
  command->add_option("--target-model", &request.target_model,
                      "private, private_meta, meta or pretrained (default: found in the prompt)");
  command->add_option("--identifier", &request.identifier,
                      "The thing's identifier (default: found in the prompt)");
  command->add_flag("--grid", request.grid, "Add a contact sheet of all pictures");
  command->add_option("--output-dir", &options->output_dir,
                      "Folder for the pictures (default: SOUVENIR_HOME/outputs/<date>)");
  add_key_option(*command, options->key);
  add_client_options(*command, context);
  command->callback([&context, options] {
    context.action = [&context, options] { return run_generate(context, *options); };
  });
}

}  // namespace flow::command
