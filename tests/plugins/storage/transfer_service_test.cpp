#include "storage/transfer_service.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "executor/files/sha256.h"
#include "store/layout.h"
#include "store/manifest.h"
#include "store/transfer_limits.h"
#include "tests/plugins/registry/registry_fixture.h"

using tests::code_of;
using tests::Office;

namespace fs = std::filesystem;

namespace {

const std::string kText = "weights";

/// A stage elsewhere that makes a folder with one file.
struct Elsewhere {
  explicit Elsewhere(Office& office_in) : office(office_in) {}

  schemas::Offer of(const std::string& kind, const std::string& id, bool whole = false) const {
    return {.kind = kind,
            .id = id,
            .job = "one",
            .epoch = 1,
            .files = {{"model_index.json", kText.size(), files::sha256_of(kText)}},
            .whole = whole};
  }
  schemas::Held send(const schemas::Piece& piece, const std::string& text = kText) {
    auto message = schemas::Message::of(piece, {schemas::Blob(text)});
    message.owner = "ann";
    office.outbox.sent.clear();
    office.storage().process(message, office.outbox);
    return office.outbox.sent.at(0).as<schemas::Held>();
  }
  schemas::Held offer(const schemas::Offer& offer, const std::string& owner = "ann") {
    auto message = schemas::Message::of(offer);
    message.owner = owner;
    office.offer(message);
    return office.outbox.sent.at(0).as<schemas::Held>();
  }
  schemas::Piece piece(const std::string& kind, const std::string& id) const {
    return {.kind = kind, .id = id, .job = "one", .epoch = 1, .sha256 = files::sha256_of(kText)};
  }
  void deliver(const std::string& kind, const std::string& id) {
    offer(of(kind, id));
    send(piece(kind, id));
    offer(of(kind, id, true));
  }

  Office& office;
};

std::string content_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

template <typename Answer, typename Request>
Answer look(Office& office, const Request& request) {
  office.outbox.sent.clear();
  office.storage().process(schemas::Message::of(request), office.outbox);
  return office.outbox.sent.at(0).as<Answer>();
}

schemas::Finetuned publish(Office& office, const schemas::TrainSettings& settings) {
  office.publish(office.trained(settings, "one"));
  return office.outbox.sent.at(0).as<schemas::Finetuned>();
}

}  // namespace

TEST_CASE("a version that was made elsewhere is published") {
  Office office;
  Elsewhere elsewhere(office);
  const auto settings = office.plan(Office::request(), "one");
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
  const auto settings = office.plan(Office::request(), "one");
  elsewhere.offer(elsewhere.of("version", settings.version));
  CHECK(code_of([&] { elsewhere.offer(elsewhere.of("version", settings.version, true)); }) ==
        "protocol");
  CHECK(code_of([&] { publish(office, settings); }) == "internal");
}

TEST_CASE("a damaged piece is not kept, and what has come outlives both processes") {
  Office office;
  Elsewhere elsewhere(office);
  const auto settings = office.plan(Office::request(), "one");
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
  const auto settings = office.plan(Office::request(), "one");
  const auto other = office.plan(Office::request(), "two", "bob");
  const auto refused = [&](schemas::Offer offer, const std::string& owner = "ann") {
    return code_of([&] { elsewhere.offer(offer, owner); }) == "protocol";
  };
  const auto good = elsewhere.of("version", settings.version);
  CHECK_FALSE(refused(good));
  CHECK(refused(good, "bob"));
  CHECK(refused(elsewhere.of("version", other.version)));
  CHECK(refused(elsewhere.of("checkpoint", settings.version)));
  CHECK(refused(elsewhere.of("weights", settings.version)));
  CHECK(refused(elsewhere.of("version", "../x")));
  auto strange = good;
  strange.job = "../one";
  CHECK(refused(strange));
  auto outside = good;
  outside.files[0].name = "../x";
  CHECK(refused(outside));

  auto again = office.message(Office::request(), "one");
  again.epoch = 2;
  office.outbox.sent.clear();
  office.registry().process(again, office.outbox);
  CHECK(refused(good));
  auto second = good;
  second.epoch = 2;
  CHECK_FALSE(refused(second));
}

TEST_CASE("a published job can send nothing any more") {
  Office office;
  Elsewhere elsewhere(office);
  const auto settings = office.plan(Office::request(), "one");
  elsewhere.deliver("version", settings.version);
  publish(office, settings);
  CHECK(code_of([&] { elsewhere.offer(elsewhere.of("version", settings.version)); }) == "protocol");
}

TEST_CASE("a mirrored checkpoint is read back, and goes when the job ends") {
  Office office;
  Elsewhere elsewhere(office);
  office.plan(Office::request(), "one");
  elsewhere.deliver("checkpoint", "one");
  const auto transfer = look<schemas::Manifest>(office, schemas::ManifestOf{"checkpoint", "one"});
  REQUIRE(transfer.files.size() == 1);
  CHECK(transfer.files[0].name == "model_index.json");
  auto message = schemas::Message::of(schemas::PieceOf{"checkpoint", "one", 0, 0});
  office.outbox.sent.clear();
  office.storage().process(message, office.outbox);
  CHECK(office.outbox.sent.at(0).blobs.at(0).view() == kText);

  elsewhere.offer(elsewhere.of("checkpoint", "one"));
  office.registry().ended("one", executor::Outcome::failed);
  CHECK_FALSE(fs::exists(office.home() / "checkpoints/one"));
  CHECK_FALSE(fs::exists(office.home() / "store/incoming/one"));
  CHECK(code_of([&] {
          look<schemas::Manifest>(office, schemas::ManifestOf{"checkpoint", "one"});
        }) == "not_found");
}

TEST_CASE("what came for jobs that ended while no registry ran is dropped") {
  Office office;
  Elsewhere elsewhere(office);
  const auto settings = office.plan(Office::request(), "one");
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
  const auto transfer =
      look<schemas::Manifest>(office, schemas::ManifestOf{"version", answer.version});
  REQUIRE(transfer.files.size() == 3);
  CHECK(transfer.files[0].name == "checksums.json");
  CHECK(transfer.files[2].name == "unet/weights");
  for (const char* id : {"v-0", "pretrained"}) {
    CHECK(code_of([&] {
            look<schemas::Manifest>(office, schemas::ManifestOf{"version", id});
          }) == "not_found");
  }
  CHECK(code_of([&] {
          look<schemas::Manifest>(office, schemas::ManifestOf{"version", ".."});
        }) == "protocol");
  for (const auto& asked : {schemas::PieceOf{"version", answer.version, 3, 0},
                            schemas::PieceOf{"version", answer.version, 1, 2}}) {
    CHECK(code_of([&] { look<schemas::Piece>(office, asked); }) == "protocol");
  }
}

TEST_CASE("storage says whether a stage sees its home folder") {
  Office office;
  const auto sign = store::probe_file(office.home(), "here-1");
  CHECK_FALSE(look<schemas::SameDisk>(office, schemas::SameDisk{"here-1"}).same);
  fs::create_directories(sign.parent_path());
  std::ofstream(sign).close();
  CHECK(look<schemas::SameDisk>(office, schemas::SameDisk{"here-1"}).same);
  CHECK(code_of([&] { look<schemas::SameDisk>(office, schemas::SameDisk{"../here-1"}); }) ==
        "protocol");
}

TEST_CASE("a piece of another attempt or owner is of no offer that is open") {
  Office office;
  Elsewhere elsewhere(office);
  const auto settings = office.plan(Office::request(), "one");
  elsewhere.offer(elsewhere.of("version", settings.version));
  auto later = elsewhere.piece("version", settings.version);
  later.epoch = 2;
  CHECK(elsewhere.send(later).bytes.empty());
  auto others =
      schemas::Message::of(elsewhere.piece("version", settings.version), {schemas::Blob(kText)});
  others.owner = "bob";
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
    versions.push_back(office.plan(Office::request(), job_of(i)).version);
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
