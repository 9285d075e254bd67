#include "storage/transfer_service.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "compute/time_budget.h"
#include "executor/files/bytes_below.h"
#include "executor/files/sha256.h"
#include "registry/offer_limits.h"
#include "store/job_capabilities.h"
#include "store/layout.h"
#include "store/manifest.h"
#include "store/transfer_limits.h"
#include "tests/plugins/registry/registry_fixture.h"

using tests::code_of;
using tests::Office;

namespace fs = std::filesystem;

namespace {

const std::string kText = "weights";

/// A stage elsewhere that makes a folder with one file, for the job "one" of ann.
struct Elsewhere {
  explicit Elsewhere(Office& office_in) : office(office_in) {}

  schemas::TrainSettings plan(const std::string& job = "one",
                              const std::string& target = "private") {
    auto request = Office::request();
    request.target_model = target;
    auto settings = office.plan(request, job);
    const auto more = schemas::capabilities_of(settings);
    may.insert(may.end(), more.begin(), more.end());
    return settings;
  }
  std::string proof(const std::string& kind, const std::string& id, const char* right) const {
    return schemas::proof_of(may, kind, id, right);
  }

  schemas::Offer of(const std::string& kind, const std::string& id, bool whole = false) const {
    return {.kind = kind,
            .id = id,
            .job = "one",
            .epoch = 1,
            .files = {{"model_index.json", kText.size(), files::sha256_of(kText)}},
            .whole = whole,
            .proof = proof(kind, id, schemas::kWrite)};
  }
  schemas::Held send(const schemas::Piece& piece, const std::string& text = kText) {
    auto message = schemas::Message::of(piece, {schemas::Blob(text)});
    message.owner = "ann";
    message.root = piece.job;
    office.outbox.sent.clear();
    office.storage().process(message, office.outbox);
    return office.outbox.sent.at(0).as<schemas::Held>();
  }
  schemas::Held offer(const schemas::Offer& offer, const std::string& owner = "ann") {
    auto message = schemas::Message::of(offer);
    message.owner = owner;
    message.root = offer.job;
    office.offer(message);
    return office.outbox.sent.at(0).as<schemas::Held>();
  }
  schemas::Piece piece(const std::string& kind, const std::string& id) const {
    return {.kind = kind,
            .id = id,
            .job = "one",
            .epoch = 1,
            .sha256 = files::sha256_of(kText),
            .proof = proof(kind, id, schemas::kWrite)};
  }
  void deliver(const std::string& kind, const std::string& id) {
    offer(of(kind, id));
    send(piece(kind, id));
    offer(of(kind, id, true));
  }

  template <typename Answer, typename Request>
  Answer look(const Request& request, const std::string& root = "one") {
    auto message = schemas::Message::of(request);
    message.root = root;
    office.outbox.sent.clear();
    office.storage().process(message, office.outbox);
    return office.outbox.sent.at(0).as<Answer>();
  }
  schemas::Manifest manifest(const std::string& kind, const std::string& id) {
    return look<schemas::Manifest>(
        schemas::ManifestOf{.kind = kind, .id = id, .proof = proof(kind, id, schemas::kRead)});
  }

  Office& office;
  std::vector<schemas::Capability> may;
};

std::string content_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

schemas::Finetuned publish(Office& office, const schemas::TrainSettings& settings) {
  office.publish(office.trained(settings, "one"));
  return office.outbox.sent.at(0).as<schemas::Finetuned>();
}

}  // namespace

TEST_CASE("a version that was made elsewhere is published") {
  Office office;
  Elsewhere elsewhere(office);
  const auto settings = elsewhere.plan("one", "private_meta");
  elsewhere.deliver("replay", settings.version);
  elsewhere.deliver("version", settings.version);
  const auto answer = publish(office, settings);
  CHECK(content_of(fs::path(answer.model) / "model_index.json") == kText);
  CHECK(fs::exists(office.home() / "store/replay" / settings.version / "model_index.json"));
  CHECK(fs::is_empty(office.home() / "store/staging"));
}

TEST_CASE("a version is not published before all of it has come") {
  Office office;
  Elsewhere elsewhere(office);
  const auto settings = elsewhere.plan();
  elsewhere.offer(elsewhere.of("version", settings.version));
  CHECK(code_of([&] { elsewhere.offer(elsewhere.of("version", settings.version, true)); }) ==
        "protocol");
  CHECK(code_of([&] { publish(office, settings); }) == "internal");
}

TEST_CASE("a damaged piece is not kept, and what has come outlives both processes") {
  Office office;
  Elsewhere elsewhere(office);
  const auto settings = elsewhere.plan();
  const auto& id = settings.version;
  CHECK(elsewhere.offer(elsewhere.of("version", id)).bytes.at(0) == 0);
  CHECK(elsewhere.send(elsewhere.piece("version", id), "weighty").bytes.at(0) == 0);
  CHECK(elsewhere.send(elsewhere.piece("version", id)).bytes.at(0) == kText.size());
  office.reopen({"one"});
  CHECK(elsewhere.send(elsewhere.piece("version", id)).bytes.empty());  // to be offered again
  CHECK(elsewhere.offer(elsewhere.of("version", id)).bytes.at(0) == kText.size());
}

TEST_CASE("only the present attempt of an open job can send, and only its own") {
  Office office;
  Elsewhere elsewhere(office);
  const auto settings = elsewhere.plan();
  const auto other = office.plan(Office::request(), "two", "bob");
  const auto refused = [&](schemas::Offer offer, const std::string& owner = "ann") {
    return code_of([&] { elsewhere.offer(offer, owner); });
  };
  const auto good = elsewhere.of("version", settings.version);
  CHECK(refused(good).empty());
  CHECK(refused(good, "bob") == "protocol");
  CHECK(refused(elsewhere.of("version", other.version)) == "forbidden");
  CHECK(refused(elsewhere.of("checkpoint", settings.version)) == "forbidden");
  CHECK(refused(elsewhere.of("weights", settings.version)) == "protocol");
  CHECK(refused(elsewhere.of("version", "../x")) == "protocol");
  auto strange = good;
  strange.job = "../one";
  CHECK(refused(strange) == "protocol");
  auto outside = good;
  outside.files[0].name = "../x";
  CHECK(refused(outside) == "protocol");
  auto ahead = good;
  ahead.epoch = 2;
  CHECK(refused(ahead) == "forbidden");  // before that attempt has begun

  auto again = office.message(Office::request(), "one");
  again.epoch = 2;
  office.outbox.sent.clear();
  office.registry().process(again, office.outbox);
  const auto second = office.outbox.sent.at(0).as<schemas::Plan>().settings;
  CHECK(refused(good) == "protocol");
  CHECK(refused(ahead) == "forbidden");  // with what the first attempt was given
  ahead.proof = schemas::proof_of(second.capabilities, "version", second.version, schemas::kWrite);
  CHECK(refused(ahead).empty());
}

TEST_CASE("a published job can send nothing any more") {
  Office office;
  Elsewhere elsewhere(office);
  const auto settings = elsewhere.plan();
  elsewhere.deliver("version", settings.version);
  publish(office, settings);
  CHECK(code_of([&] { elsewhere.offer(elsewhere.of("version", settings.version)); }) == "protocol");
}

TEST_CASE("a mirrored checkpoint is read back, and goes when the job ends") {
  Office office;
  Elsewhere elsewhere(office);
  elsewhere.plan();
  elsewhere.deliver("checkpoint", "one");
  const auto transfer = elsewhere.manifest("checkpoint", "one");
  REQUIRE(transfer.files.size() == 1);
  CHECK(transfer.files[0].name == "model_index.json");
  elsewhere.look<schemas::Piece>(schemas::PieceOf{
      "checkpoint", "one", 0, 0, elsewhere.proof("checkpoint", "one", schemas::kRead)});
  CHECK(office.outbox.sent.at(0).blobs.at(0).view() == kText);

  elsewhere.offer(elsewhere.of("checkpoint", "one"));
  office.registry().ended("one", executor::Outcome::failed);
  CHECK_FALSE(fs::exists(office.home() / "checkpoints/one"));
  CHECK_FALSE(fs::exists(office.home() / "store/incoming/one"));
  CHECK(code_of([&] { elsewhere.manifest("checkpoint", "one"); }) == "not_found");
}

TEST_CASE("what came for jobs that ended while no registry ran is dropped") {
  Office office;
  Elsewhere elsewhere(office);
  const auto settings = elsewhere.plan();
  elsewhere.deliver("checkpoint", "one");
  elsewhere.offer(elsewhere.of("version", settings.version));
  office.reopen({"one"});
  CHECK(fs::exists(office.home() / "checkpoints/one"));
  CHECK(fs::exists(office.home() / "store/incoming/one"));
  office.reopen();
  CHECK_FALSE(fs::exists(office.home() / "checkpoints/one"));
  CHECK_FALSE(fs::exists(office.home() / "store/incoming/one"));
}

TEST_CASE("published versions are read in pieces, others are not there") {
  Office office;
  const auto answer = office.teach(Office::request(), "one");
  Elsewhere elsewhere(office);
  const auto may_read = [&](const std::string& id) {
    schemas::DrawSettings settings;
    settings.version = id;
    schemas::Message in;
    in.root = "one";
    const auto may = store::capabilities_for(settings, in, store::CapabilityKey(office.home()));
    elsewhere.may.insert(elsewhere.may.end(), may.begin(), may.end());
  };
  for (const auto& id : {answer.version, std::string("v-0")}) may_read(id);
  const auto transfer = elsewhere.manifest("version", answer.version);
  REQUIRE(transfer.files.size() == 3);
  CHECK(transfer.files[0].name == "checksums.json");
  CHECK(transfer.files[2].name == "unet/weights");
  CHECK(code_of([&] { elsewhere.manifest("version", "v-0"); }) == "not_found");
  CHECK(code_of([&] { elsewhere.manifest("version", "pretrained"); }) == "forbidden");
  CHECK(code_of([&] { elsewhere.manifest("version", ".."); }) == "protocol");
  const auto proof = elsewhere.proof("version", answer.version, schemas::kRead);
  for (const auto& asked : {schemas::PieceOf{"version", answer.version, 3, 0, proof},
                            schemas::PieceOf{"version", answer.version, 1, 2, proof}}) {
    CHECK(code_of([&] { elsewhere.look<schemas::Piece>(asked); }) == "protocol");
  }
}

TEST_CASE("storage says whether a stage sees its home folder") {
  Office office;
  Elsewhere elsewhere(office);
  const auto sign = store::probe_file(office.home(), "here-1");
  CHECK_FALSE(elsewhere.look<schemas::SameDisk>(schemas::SameDisk{"here-1"}).same);
  fs::create_directories(sign.parent_path());
  std::ofstream(sign).close();
  CHECK(elsewhere.look<schemas::SameDisk>(schemas::SameDisk{"here-1"}).same);
  CHECK(code_of([&] { elsewhere.look<schemas::SameDisk>(schemas::SameDisk{"../here-1"}); }) ==
        "protocol");
}

TEST_CASE("a piece of another attempt or owner is of no offer that is open") {
  Office office;
  Elsewhere elsewhere(office);
  const auto settings = elsewhere.plan();
  elsewhere.offer(elsewhere.of("version", settings.version));
  auto later = elsewhere.piece("version", settings.version);
  later.epoch = 2;
  CHECK(code_of([&] { elsewhere.send(later); }) == "forbidden");
  auto others =
      schemas::Message::of(elsewhere.piece("version", settings.version), {schemas::Blob(kText)});
  others.owner = "bob";
  others.root = "one";
  office.outbox.sent.clear();
  office.storage().process(others, office.outbox);
  CHECK(office.outbox.sent.at(0).as<schemas::Held>().bytes.empty());
  CHECK(elsewhere.send(elsewhere.piece("version", settings.version)).bytes.at(0) == kText.size());
}

TEST_CASE("of one transfer more than may be open the one used longest ago is offered again") {
  Office office;
  Elsewhere elsewhere(office);
  const auto job_of = [](std::size_t i) { return "job-" + std::to_string(i); };
  std::vector<std::string> versions;
  const auto offer = [&](std::size_t i, bool whole = false) {
    auto of = elsewhere.of("version", versions.at(i), whole);
    of.job = job_of(i);
    return elsewhere.offer(of);
  };
  const auto send = [&](std::size_t i) {
    auto piece = elsewhere.piece("version", versions.at(i));
    piece.job = job_of(i);
    return elsewhere.send(piece).bytes;
  };
  for (std::size_t i = 0; i <= store::kMaxOpenTransfers; ++i) {
    versions.push_back(elsewhere.plan(job_of(i)).version);
    if (i == store::kMaxOpenTransfers) CHECK(send(0).size() == 1);  // so that 1 is the oldest
    offer(i);
  }
  CHECK(send(1).empty());
  for (std::size_t i = 2; i <= store::kMaxOpenTransfers; ++i) CHECK(send(i).size() == 1);
  offer(1);
  CHECK(send(1).size() == 1);
  for (std::size_t i = 0; i <= store::kMaxOpenTransfers; ++i) {
    offer(i, true);
    CHECK(fs::exists(office.home() / "store/staging" / versions[i] / "model_index.json"));
  }
}

TEST_CASE("a transfer may be as large as any training makes one, and not a byte larger") {
  Office office;
  Elsewhere elsewhere(office);
  const auto settings = elsewhere.plan();
  const auto model_bytes = files::bytes_below(office.model());
  for (const char* kind : {"version", "checkpoint"}) {
    auto offer = elsewhere.of(kind, kind[0] == 'v' ? settings.version : "one");
    offer.files.push_back(offer.files[0]);
    offer.files[1].name = "unet/weights";
    const auto left = registry::most_bytes(kind, model_bytes) - kText.size();
    offer.files[1].bytes = left;
    CHECK(code_of([&] { elsewhere.offer(offer); }).empty());
    offer.files[1].bytes = left + 1;
    CHECK(code_of([&] { elsewhere.offer(offer); }) == "bad_input");
  }
}
