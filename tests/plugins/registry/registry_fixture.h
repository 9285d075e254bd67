#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "executor/files/temporary_folder.h"
#include "registry/registry.h"
#include "schemas/generate.h"
#include "schemas/identifiers.h"
#include "storage/storage.h"
#include "tests/fakes.h"

namespace tests {

/// A registry and a storage on a folder of their own, with a model folder that has a tokenizer of
/// 256 letters in which any two letters are one token: a word of 2 to 4 letters takes at most 2
/// tokens, of 5 takes 3.
class Office {
 public:
  Office();

  executor::Setup setup(const std::string& model) const;
  executor::Setup setup() const { return setup(this->model().string()); }
  /// Ends both and starts new ones on the same files. `open_jobs` may still come.
  void reopen(const std::set<std::string>& open_jobs = {});
  void write_model_file(const std::string& name, const std::string& text) const;
  std::filesystem::path model() const { return home_ / "model"; }
  std::filesystem::path home() const { return home_.path(); }
  registry::Registry& registry() { return *registry_; }
  storage::Storage& storage() { return *storage_; }
  /// What both do with it, one after the other, as on the route; the last answer is in outbox.
  void publish(const schemas::Message& trained);
  /// Likewise, of an offer.v1 from elsewhere.
  void offer(const schemas::Message& offer);

  static schemas::Finetune request();
  static schemas::Generate drawing(const std::string& prompt);
  schemas::Message message(const schemas::Finetune& request, const std::string& job,
                           const std::string& owner = "ann", std::size_t pictures = 5) const;

  /// The plan that a request gets.
  schemas::TrainSettings plan(const schemas::Finetune& request, const std::string& job,
                              const std::string& owner = "ann", std::size_t pictures = 5);
  /// Puts a model folder into staging, as a trainer does, and its memory, as a sampler does.
  void stage(const std::string& version) const;
  schemas::Message trained(const schemas::TrainSettings& settings, const std::string& job,
                           const std::string& owner = "ann", std::uint64_t epoch = 1) const;
  /// Books, stages and publishes.
  schemas::Finetuned teach(const schemas::Finetune& request, const std::string& job,
                           const std::string& owner = "ann");
  schemas::DrawSettings draw(const schemas::Generate& request, const std::string& owner = "ann");
  /// The one answer to any request.
  template <typename Answer, typename Request>
  Answer ask(const Request& request, const std::string& owner = "ann") {
    auto message = schemas::Message::of(request);
    message.root = "asked";
    message.owner = owner;
    return answer(message).template as<Answer>();
  }
  std::vector<schemas::Identifier> list(const std::string& owner = "ann",
                                        const std::string& target = "");

  RecordingOutbox outbox;

 private:
  schemas::Message answer(const schemas::Message& message);

  files::TemporaryFolder home_;
  std::unique_ptr<registry::Registry> registry_;
  std::unique_ptr<storage::Storage> storage_;
};

/// What a job is answered whose version is published.
inline schemas::Finetuned publish(Office& office, const schemas::Message& trained) {
  office.publish(trained);
  return office.outbox.sent.at(0).as<schemas::Finetuned>();
}

/// The code of the Error that `act` throws, or an empty text.
std::string code_of(const std::function<void()>& act);
/// Its cause and hint.
std::string text_of(const std::function<void()>& act);

}  // namespace tests
