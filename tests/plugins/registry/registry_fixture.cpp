#include "tests/plugins/registry/registry_fixture.h"

#include <fstream>
#include <nlohmann/json.hpp>

namespace tests {
namespace {

namespace fs = std::filesystem;

// The characters that stand for the 94 printable bytes are those bytes themselves.
void write_tokenizer(const fs::path& folder) {
  fs::create_directories(folder);
  nlohmann::json vocabulary;
  int id = 0;
  const auto add = [&](const std::string& token) { vocabulary[token] = id++; };
  for (char c = '!'; c <= '~'; ++c) {
    add(std::string(1, c));
    add(std::string(1, c) + "</w>");
  }
  std::ofstream merges(folder / "merges.txt");
  merges << "#version: 0.2\n";
  for (char a = 'a'; a <= 'z'; ++a) {
    for (char b = 'a'; b <= 'z'; ++b) {
      merges << a << ' ' << b << '\n' << a << ' ' << b << "</w>\n";
      add({a, b});
      add(std::string({a, b}) + "</w>");
    }
  }
  add("<|startoftext|>");
  add("<|endoftext|>");
  std::ofstream(folder / "vocab.json") << vocabulary.dump();
  std::ofstream(folder / "tokenizer_config.json") << R"({"model_max_length": 77})";
}

}  // namespace

Office::Office() {
  write_tokenizer(model() / "tokenizer");
  write_model_file("categories.json", R"({"dog": ["dog", "service-dog", "pug"], "cat": ["cat"]})");
  write_model_file("souvenir.json", R"({"learning_rate": 1e-4, "max_train_steps": 150,
                                        "num_inference_steps": 25, "guidance_scale": 4,
                                        "lr_scheduler": "cosine"})");
  reopen();
}

executor::Setup Office::setup(const std::string& model) const {
  const std::vector<executor::Param> declared = {
      {.name = "model", .default_value = std::string(), .help = ""}};
  return {.params = executor::Params(declared, {{"model", model}}),
          .name = "registry",
          .home = home(),
          .loading = [](const std::string&) {}};
}

void Office::reopen(const std::set<std::string>& open_jobs) {
  registry_.reset();
  auto fresh = setup();
  fresh.open_jobs = open_jobs;
  registry_ = std::make_unique<registry::Registry>(fresh);
  storage_ = std::make_unique<storage::Storage>(fresh);
}

void Office::publish(const schemas::Message& trained) {
  RecordingOutbox sealed;
  storage_->process(trained, sealed);
  auto stored = sealed.sent.at(0);
  stored.job = trained.job;
  stored.root = trained.root;
  stored.owner = trained.owner;
  stored.epoch = trained.epoch;
  outbox.sent.clear();
  registry_->process(stored, outbox);
}

void Office::offer(const schemas::Message& offer) {
  RecordingOutbox said;
  registry_->process(offer, said);
  auto granted = said.sent.at(0);
  granted.owner = offer.owner;
  granted.root = offer.root;
  outbox.sent.clear();
  storage_->process(granted, outbox);
}

void Office::write_model_file(const std::string& name, const std::string& text) const {
  std::ofstream(model() / name) << text;
}

schemas::Finetune Office::request() {
  schemas::Finetune request;
  request.category = "dog";
  return request;
}

schemas::Generate Office::drawing(const std::string& prompt) {
  schemas::Generate request;
  request.prompt = prompt;
  return request;
}

schemas::Message Office::message(const schemas::Finetune& request, const std::string& job,
                                 const std::string& owner, std::size_t pictures) const {
  auto message = schemas::Message::of(
      request, std::vector<schemas::Blob>(pictures, schemas::Blob(std::string("picture"))));
  message.job = message.root = job;
  message.owner = owner;
  message.epoch = 1;
  return message;
}

schemas::Message Office::answer(const schemas::Message& message) {
  outbox.sent.clear();
  registry_->process(message, outbox);
  if (outbox.sent.size() != 1) throw std::logic_error("not one answer");
  return outbox.sent.front();
}

schemas::TrainSettings Office::plan(const schemas::Finetune& request, const std::string& job,
                                    const std::string& owner, std::size_t pictures) {
  return answer(message(request, job, owner, pictures)).as<schemas::Plan>().settings;
}

void Office::stage(const std::string& version) const {
  const auto folder = home_ / "store" / "staging" / version;
  fs::create_directories(folder / "unet");
  std::ofstream(folder / "model_index.json") << "{}";
  std::ofstream(folder / "unet" / "weights") << "weights";
  const auto memory = folder.parent_path() / (version + "-replay");
  fs::create_directories(memory);
  std::ofstream(memory / "posterior.safetensors") << "latents";
}

schemas::Message Office::trained(const schemas::TrainSettings& settings, const std::string& job,
                                 const std::string& owner, std::uint64_t epoch) const {
  auto message = schemas::Message::of(schemas::Trained{.settings = settings,
                                                       .steps = 150,
                                                       .loss = 0.25,
                                                       .instance_loss = 0.15,
                                                       .prior_loss = 0.1,
                                                       .train_s = 2.5});
  message.job = message.root = job;
  message.owner = owner;
  message.epoch = epoch;
  return message;
}

schemas::Finetuned Office::teach(const schemas::Finetune& request, const std::string& job,
                                 const std::string& owner) {
  const auto settings = plan(request, job, owner);
  stage(settings.version);
  publish(trained(settings, job, owner));
  return outbox.sent.at(0).as<schemas::Finetuned>();
}

schemas::DrawSettings Office::draw(const schemas::Generate& request, const std::string& owner) {
  return ask<schemas::Generation>(request, owner).settings;
}

std::vector<schemas::Identifier> Office::list(const std::string& owner, const std::string& target) {
  return ask<schemas::IdentifierList>(schemas::Identifiers{target}, owner).identifiers;
}

std::string code_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const executor::Error& error) {
    return error.code();
  }
  return {};
}

std::string text_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const executor::Error& error) {
    return std::string(error.what()) + "; " + error.hint();
  }
  return {};
}

}  // namespace tests
