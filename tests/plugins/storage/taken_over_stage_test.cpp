// A stage of another host that is in other hands, with one job of ann's to do: it knows the ids of
// everything, and shows every proof that it can come by.
#include <catch2/catch.hpp>
#include <fstream>
#include <iostream>
#include <vector>

#include "executor/files/sha256.h"
#include "schemas/transfer.h"
#include "store/layout.h"
#include "store/manifest.h"
#include "tests/plugins/registry/registry_fixture.h"

using tests::code_of;
using tests::Office;

namespace fs = std::filesystem;

namespace {

const std::string kText = "weights";
constexpr const char* kMine = "anns-job";

struct Artefact {
  const char* kind;
  std::string id;
};

/// What is asked for: the message, and the right that it takes.
struct Request {
  const char* name;
  const char* right;
  schemas::Message message;
};

struct Proof {
  std::string name;
  std::string text;
  schemas::Capability of = {};  ///< of this very job; else nothing
};

std::vector<Request> requests_for(const Artefact& artefact, const std::string& proof,
                                  const std::string& job = kMine, std::uint64_t epoch = 1) {
  using schemas::Message;
  const auto& [kind, id] = artefact;
  const schemas::ManifestOf manifest{.kind = kind, .id = id, .proof = proof};
  auto reads = manifest, writes = manifest;
  reads.asks_right = writes.asks_right = true;
  writes.right = schemas::kWrite;
  writes.job = job;
  writes.epoch = epoch;
  const schemas::Offer offer{.kind = kind,
                             .id = id,
                             .job = job,
                             .epoch = epoch,
                             .files = {{"model_index.json", kText.size(), files::sha256_of(kText)}},
                             .proof = proof};
  auto whole = offer;
  whole.whole = true;
  const schemas::Piece piece{.kind = kind,
                             .id = id,
                             .job = job,
                             .epoch = epoch,
                             .sha256 = files::sha256_of(kText),
                             .proof = proof};
  schemas::TrainSettings trained;
  trained.version = id;
  trained.capabilities = {{kind, id, schemas::kWrite, proof}};
  std::vector<Request> all = {
      {"manifest", schemas::kRead, Message::of(manifest)},
      {"may read", schemas::kRead, Message::of(reads)},
      {"may write", schemas::kWrite, Message::of(writes)},
      {"piece of", schemas::kRead, Message::of(schemas::PieceOf{kind, id, 0, 0, proof})},
      {"offer", schemas::kWrite, Message::of(offer)},
      {"granted", schemas::kWrite, Message::of(schemas::Granted{offer})},
      {"piece", schemas::kWrite, Message::of(piece, {schemas::Blob(kText)})},
      {"whole", schemas::kWrite, Message::of(schemas::Granted{whole})}};
  if (std::string(kind) == schemas::kVersionFolder) {
    all.push_back({"trained", schemas::kWrite, Message::of(schemas::Trained{.settings = trained})});
  }
  return all;
}

/// Two owners, each with a thing that their metamodel has learned and a job that learns another.
struct Town {
  Office office;
  std::vector<Artefact> artefacts;
  std::vector<Proof> proofs;
  schemas::TrainSettings mine;
  std::vector<fs::path> others;  ///< folders that the job has no business with

  Town() {
    const auto anns = teach("ann"), bobs = teach("bob");
    mine = begin(kMine, "ann");
    const auto more = begin("anns-other", "ann"), theirs = begin("bobs-job", "bob");
    for (const char* kind : {schemas::kVersionFolder, schemas::kReplayFolder}) {
      for (const auto& id :
           {anns, bobs, mine.version, more.version, theirs.version, std::string("v-none")}) {
        artefacts.push_back({kind, id});
      }
    }
    for (const char* job : {kMine, "anns-other", "bobs-job", "no-job"}) {
      artefacts.push_back({schemas::kCheckpointFolder, job});
    }
    const auto home = office.home();
    for (const auto& id : {more.version, theirs.version}) {
      others.push_back(store::staging_folder(home, id));
      others.push_back(store::staged_replay_folder(home, id));
    }
    for (const auto& id : {anns, bobs}) {
      others.push_back(store::published_folder(home, id));
      others.push_back(store::replay_folder(home, id));
    }
    for (const char* job : {"anns-other", "bobs-job"}) {
      others.push_back(store::checkpoint_folder(home, job));
    }
    for (const auto& each : schemas::capabilities_of(mine)) {
      proofs.push_back({each.right + " " + each.kind + " " + each.id, each.proof, each});
    }
    for (const auto& plan : {more, theirs}) {  // as if they had leaked
      for (const auto& each : schemas::capabilities_of(plan)) {
        proofs.push_back({"another job's " + each.right + " " + each.kind, each.proof});
      }
    }
    proofs.push_back({"none", ""});
    proofs.push_back({"a truncated one", proofs[0].text.substr(0, 63)});
    proofs.push_back({"a longer one", proofs[0].text + "0"});
    proofs.push_back({"zeros", std::string(64, '0')});
  }

  std::string teach(const std::string& owner) {
    auto request = Office::request();
    request.target_model = "private_meta";
    return office.teach(request, owner + "s-first", owner).version;
  }

  schemas::TrainSettings begin(const std::string& job, const std::string& owner) {
    auto request = Office::request();
    request.target_model = "private_meta";
    const auto settings = office.plan(request, job, owner);
    office.stage(settings.version);
    const auto checkpoint = store::checkpoint_folder(office.home(), job);
    fs::create_directories(checkpoint);
    std::ofstream(checkpoint / "state") << job;
    return settings;
  }

  /// What it hears: "" when it is let in, the code otherwise; what is refused, word by word.
  std::string ask(schemas::Message message, std::string& text) {
    // trained.v1 comes along the job's own route, all else is called.
    message.job = message.type == schemas::Trained::kType ? kMine : "call";
    message.root = kMine;
    message.owner = "ann";
    message.epoch = 1;
    office.outbox.sent.clear();
    try {
      if (message.type == schemas::Offer::kType) {
        office.registry().process(message, office.outbox);
      } else {
        office.storage().process(message, office.outbox);
      }
    } catch (const executor::Error& error) {
      text = std::string(error.what()) + " " + error.hint();
      return error.code();
    }
    return "";
  }

  std::string digest() const {
    std::string all;
    for (const auto& folder : others) {
      all += schemas::pack(schemas::Manifest{"", "", store::describe(folder, [] {})});
    }
    return files::sha256_of(all);
  }
};

}  // namespace

TEST_CASE("artefacts x requests x proofs: a stage gets what its job's settings name, and no more") {
  Town town;
  const auto before = town.digest();
  const std::vector<std::pair<std::string, std::uint64_t>> attempts = {
      {kMine, 1}, {kMine, 2}, {"anns-other", 1}, {"bobs-job", 1}};
  std::size_t cells = 0, let_in = 0;
  for (const auto& artefact : town.artefacts) {
    for (const auto& proof : town.proofs) {
      for (const auto& [job, epoch] : attempts) {
        for (const auto& request : requests_for(artefact, proof.text, job, epoch)) {
          std::string text;
          const auto code = town.ask(request.message, text);
          const bool fits = proof.of.kind == artefact.kind && proof.of.id == artefact.id &&
                            proof.of.right == request.right;
          // The attempt of trained.v1 is what the gateway says, whatever the stage does.
          const bool present = request.right == std::string(schemas::kRead) ||
                               (job == kMine && epoch == 1) ||
                               request.message.type == schemas::Trained::kType;
          ++cells;
          let_in += code != "forbidden" ? 1 : 0;
          INFO(request.name << " " << artefact.kind << " " << artefact.id << " of attempt " << epoch
                            << " of " << job << " with " << proof.name << ": " << code << " "
                            << text);
          REQUIRE((code != "forbidden") == (fits && present));
        }
      }
    }
  }
  CHECK(town.digest() == before);
  std::cout << "figure: " << cells << " requests of a taken-over stage for artefacts, " << let_in
            << " of them its job's own, all others forbidden\n";
  CHECK(cells > 5'000);
  CHECK(let_in > 20);
}

TEST_CASE("what is another's is refused with the same words as what is nowhere") {
  Town town;
  for (const auto& artefact : town.artefacts) {
    const std::string none =
        artefact.kind == std::string(schemas::kCheckpointFolder) ? "no-job" : "v-none";
    const auto mine = requests_for(artefact, ""), nowhere = requests_for({artefact.kind, none}, "");
    for (std::size_t i = 0; i < mine.size(); ++i) {
      std::string heard, expected;
      CHECK(town.ask(mine[i].message, heard) == "forbidden");
      CHECK(town.ask(nowhere[i].message, expected) == "forbidden");
      heard.replace(heard.find(artefact.id), artefact.id.size(), none);
      CHECK(heard == expected);
    }
  }
}

TEST_CASE(
    "a key of the store is made again when it is gone: what was given before is worth nothing") {
  Town town;
  fs::remove(store::capability_key(town.office.home()));
  town.office.reopen({kMine, "anns-other", "bobs-job"});
  for (const auto& proof : town.proofs) {
    std::string text;
    const Artefact artefact{schemas::kCheckpointFolder, kMine};
    for (const auto& request : requests_for(artefact, proof.text)) {
      CHECK(town.ask(request.message, text) == "forbidden");
    }
  }
}
