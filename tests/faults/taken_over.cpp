// A stage that is in other hands. As the trainer it asks storage and registry for every artefact
// that `targets` names, with every proof that it has, and writes down what it hears. As the encoder
// it passes on settings that name artefacts of others.
#include <fstream>
#include <sstream>

#include "executor/files/sha256.h"
#include "executor/plugin.h"
#include "schemas/generate.h"
#include "schemas/training.h"
#include "store/transfer_client.h"
#include "tests/faults/toy_numbers.h"

namespace {

using schemas::Message;

struct Artefact {
  std::string kind, id;
};

/// A request, where it goes, and the right that it takes.
struct Request {
  const char* name;
  const char* route;
  const char* right;
  Message message;
};

std::vector<Artefact> read_targets(const std::string& file) {
  std::ifstream in(file);
  std::vector<Artefact> all;
  for (Artefact artefact; in >> artefact.kind >> artefact.id;) all.push_back(artefact);
  return all;
}

std::vector<Request> requests_for(const Artefact& artefact, const std::string& proof,
                                  const Message& in) {
  const auto& [kind, id] = artefact;
  const std::string text = "weights";
  const schemas::ManifestOf manifest{.kind = kind, .id = id, .proof = proof};
  const schemas::Offer offer{.kind = kind,
                             .id = id,
                             .job = in.job,
                             .epoch = in.epoch,
                             .files = {{"model_index.json", text.size(), files::sha256_of(text)}},
                             .proof = proof};
  const schemas::Piece piece{.kind = kind,
                             .id = id,
                             .job = in.job,
                             .epoch = in.epoch,
                             .sha256 = files::sha256_of(text),
                             .proof = proof};
  return {
      {"manifest_of", store::kStoreRoute, schemas::kRead, Message::of(manifest)},
      {"piece_of", store::kStoreRoute, schemas::kRead,
       Message::of(schemas::PieceOf{kind, id, 0, 0, proof})},
      {"offer", store::kOfferRoute, schemas::kWrite, Message::of(offer)},
      {"piece", store::kStoreRoute, schemas::kWrite, Message::of(piece, {schemas::Blob(text)})}};
}

class TakenOver final : public executor::Executor {
 public:
  explicit TakenOver(const executor::Setup& setup)
      : targets_(setup.params.get<std::string>("targets")),
        lie_(setup.params.get<std::string>("lie")) {}

  void process(const Message& in, executor::Outbox& out) override {
    if (in.type == schemas::Plan::kType) return encode(in, out);
    if (in.type == schemas::Prior::kType) {
      return out.send(Message::of(schemas::DrawLatents{in.as<schemas::Prior>().settings, {}}));
    }
    if (in.type == schemas::Training::kType) ask_for_everything(in, out);
    throw executor::Error("internal", "that was all");
  }

 private:
  void ask_for_everything(const Message& in, executor::Outbox& out) const {
    const auto own = schemas::capabilities_of(in.as<schemas::Training>().settings);
    auto proofs = own;
    proofs.push_back({"", "", "", ""});
    proofs.push_back({"", "", "", std::string(64, '0')});
    auto targets = read_targets(targets_);
    for (const auto& each : own) targets.push_back({each.kind, each.id});
    std::ofstream heard(targets_ + ".heard");
    for (const auto& target : targets) {
      for (const auto& proof : proofs) {
        for (const auto& request : requests_for(target, proof.proof, in)) {
          const bool is_own =
              proof.kind == target.kind && proof.id == target.id && proof.right == request.right;
          heard << (is_own ? "own " : "other ") << request.name << ' ' << target.kind << ' '
                << target.id << ' ' << ask(request, out) << '\n';
        }
      }
    }
  }

  static std::string ask(const Request& request, executor::Outbox& out) {
    try {
      out.call(request.route, request.message);
    } catch (const executor::Cancelled&) {
      throw;
    } catch (const executor::Error& error) {
      return error.code();
    }
    return "answered";
  }

  void encode(const Message& in, executor::Outbox& out) const {
    schemas::Encoded encoded{lied(in.as<schemas::Plan>().settings), 1, {}};
    const std::vector<float> picture(toy::kValues, 0.5F);
    const auto prompts = schemas::prompts_of(encoded.settings).size();
    std::vector<schemas::Blob> blobs;
    const auto add = [&](const char* name, const std::vector<std::int64_t>& shape,
                         const std::vector<float>& values) {
      schemas::add_tensor(encoded.tensors, blobs, name, "f32", shape, toy::blob_of(values));
    };
    add("mean", {1, toy::kChannels, toy::kHeight, toy::kWidth}, picture);
    add("logvar", {1, toy::kChannels, toy::kHeight, toy::kWidth}, picture);
    add("context", {static_cast<std::int64_t>(prompts), 2, 2},
        std::vector<float>(prompts * 4, 0.5F));
    out.send(Message::of(encoded, std::move(blobs)));
  }

  // The proofs stay what they were, and so does what they are said to be for, but for the id.
  schemas::TrainSettings lied(schemas::TrainSettings settings) const {
    const auto targets = read_targets(targets_);
    if (targets.empty()) return settings;
    const auto& id = targets.front().id;
    if (lie_ == "base") settings.base = id;
    if (lie_ == "version") settings.version = id;
    if (lie_ == "replay") settings.replay.at(0).version = id;
    for (auto& each : settings.capabilities) each.id = id;
    return settings;
  }

  std::string targets_, lie_;
};

}  // namespace

SOUVENIR_PLUGIN(
    TakenOver, .name = "taken_over", .help = "Is in other hands",
    .handlers = {{.accepts = "plan.v1", .emits = {"encoded.v1"}},
                 {.accepts = "prior.v1", .emits = {"draw_latents.v1"}},
                 {.accepts = "training.v1", .emits = {}},
                 {.accepts = "batch.v1", .emits = {"trained.v1"}}},
    .calls = store::calls(),
    .params = {{.name = "targets",
                .default_value = std::string(),
                .help = "a file: kinds and ids of artefacts"},
               {.name = "lie",
                .default_value = std::string(),
                .help = "what it names falsely: base, version or replay"},
               {.name = "mirror", .default_value = std::int64_t{0}, .help = "not used"},
               {.name = "step_ms", .default_value = std::int64_t{0}, .help = "not used"}},
    .silence_ms = 1'000)
