#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "executor/files/sha256.h"
#include "registry/transfer_service.h"
#include "store/manifest.h"
#include "store/places.h"
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

  schemas::Offer offer(const std::string& kind, const std::string& id, bool whole = false) const {
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
    office.registry().process(message, office.outbox);
    return office.outbox.sent.at(0).as<schemas::Held>();
  }
  schemas::Piece piece(const std::string& kind, const std::string& id) const {
    return {.kind = kind, .id = id, .job = "one", .epoch = 1, .sha256 = files::sha256_of(kText)};
  }
  void deliver(const std::string& kind, const std::string& id) {
    office.ask<schemas::Held>(offer(kind, id));
    send(piece(kind, id));
    office.ask<schemas::Held>(offer(kind, id, true));
  }

  Office& office;
};

std::string content_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

schemas::Finetuned publish(Office& office, const schemas::TrainSettings& settings) {
  office.outbox.sent.clear();
  office.registry().process(office.trained(settings, "one"), office.outbox);
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
  office.ask<schemas::Held>(elsewhere.offer("version", settings.version));
  CHECK(code_of([&] {
          office.ask<schemas::Held>(elsewhere.offer("version", settings.version, true));
        }) == "protocol");
  CHECK(code_of([&] { publish(office, settings); }) == "internal");
}

TEST_CASE("a damaged piece is not kept, and what has come outlives the registry") {
  Office office;
  Elsewhere elsewhere(office);
  const auto settings = office.plan(Office::request(), "one");
  const auto& id = settings.version;
  CHECK(office.ask<schemas::Held>(elsewhere.offer("version", id)).bytes.at(0) == 0);
  CHECK(elsewhere.send(elsewhere.piece("version", id), "weighty").bytes.at(0) == 0);
  CHECK(elsewhere.send(elsewhere.piece("version", id)).bytes.at(0) == kText.size());
  office.reopen({"one"});
  CHECK(code_of([&] { elsewhere.send(elsewhere.piece("version", id)); }) == "protocol");
  CHECK(office.ask<schemas::Held>(elsewhere.offer("version", id)).bytes.at(0) == kText.size());
}

TEST_CASE("only the present attempt of an open job can send, and only its own") {
  Office office;
  Elsewhere elsewhere(office);
  const auto settings = office.plan(Office::request(), "one");
  const auto other = office.plan(Office::request(), "two", "bob");
  const auto refused = [&](schemas::Offer offer, const std::string& owner = "ann") {
    return code_of([&] { office.ask<schemas::Held>(offer, owner); }) == "protocol";
  };
  const auto good = elsewhere.offer("version", settings.version);
  CHECK_FALSE(refused(good));
  CHECK(refused(good, "bob"));
  CHECK(refused(elsewhere.offer("version", other.version)));
  CHECK(refused(elsewhere.offer("checkpoint", settings.version)));
  CHECK(refused(elsewhere.offer("weights", settings.version)));
  CHECK(refused(elsewhere.offer("version", "../x")));
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
  CHECK(code_of([&] { office.ask<schemas::Held>(elsewhere.offer("version", settings.version)); }) ==
        "protocol");
}

TEST_CASE("a mirrored checkpoint is read back, and goes when the job ends") {
  Office office;
  Elsewhere elsewhere(office);
  office.plan(Office::request(), "one");
  elsewhere.deliver("checkpoint", "one");
  const auto transfer = office.ask<schemas::Manifest>(schemas::ManifestOf{"checkpoint", "one"});
  REQUIRE(transfer.files.size() == 1);
  CHECK(transfer.files[0].name == "model_index.json");
  auto message = schemas::Message::of(schemas::PieceOf{"checkpoint", "one", 0, 0});
  office.outbox.sent.clear();
  office.registry().process(message, office.outbox);
  CHECK(office.outbox.sent.at(0).blobs.at(0).view() == kText);

  office.ask<schemas::Held>(elsewhere.offer("checkpoint", "one"));
  office.registry().ended("one", executor::Outcome::failed);
  CHECK_FALSE(fs::exists(office.home() / "checkpoints/one"));
  CHECK_FALSE(fs::exists(office.home() / "store/incoming/one"));
  CHECK(code_of([&] {
          office.ask<schemas::Manifest>(schemas::ManifestOf{"checkpoint", "one"});
        }) == "not_found");
}

TEST_CASE("what came for jobs that ended while no registry ran is dropped") {
  Office office;
  Elsewhere elsewhere(office);
  const auto settings = office.plan(Office::request(), "one");
  elsewhere.deliver("checkpoint", "one");
  office.ask<schemas::Held>(elsewhere.offer("version", settings.version));
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
      office.ask<schemas::Manifest>(schemas::ManifestOf{"version", answer.version});
  REQUIRE(transfer.files.size() == 3);
  CHECK(transfer.files[0].name == "checksums.json");
  CHECK(transfer.files[2].name == "unet/weights");
  for (const char* id : {"v-0", "pretrained"}) {
    CHECK(code_of([&] {
            office.ask<schemas::Manifest>(schemas::ManifestOf{"version", id});
          }) == "not_found");
  }
  CHECK(code_of([&] {
          office.ask<schemas::Manifest>(schemas::ManifestOf{"version", ".."});
        }) == "protocol");
  for (const auto& asked : {schemas::PieceOf{"version", answer.version, 3, 0},
                            schemas::PieceOf{"version", answer.version, 1, 2}}) {
    CHECK(code_of([&] { office.ask<schemas::Piece>(asked); }) == "protocol");
  }
}

TEST_CASE("the registry says whether a stage sees its home folder") {
  Office office;
  const auto sign = store::sign(office.home(), "here-1");
  CHECK_FALSE(office.ask<schemas::SameDisk>(schemas::SameDisk{"here-1"}).same);
  fs::create_directories(sign.parent_path());
  std::ofstream(sign).close();
  CHECK(office.ask<schemas::SameDisk>(schemas::SameDisk{"here-1"}).same);
  CHECK(code_of([&] { office.ask<schemas::SameDisk>(schemas::SameDisk{"../here-1"}); }) ==
        "protocol");
}
