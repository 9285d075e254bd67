#include "store/transfer_client.h"

#include <catch2/catch.hpp>
#include <map>
#include <memory>

#include "executor/files/sha256.h"
#include "store/capability_key.h"
#include "store/layout.h"
#include "store/partial_transfer.h"
#include "store/transfer_limits.h"
#include "store/version_folder.h"
#include "tests/fakes.h"
#include "tests/plugins/shared/store/transfer_fixture.h"

using schemas::Message;
using store::TransferClient;
using tests::code_of;

namespace fs = std::filesystem;

namespace {

/// What the registry answers, from one folder; pieces on their way can be damaged or lost.
class FarStore {
 public:
  FarStore() {
    for (const auto* route : {store::kStoreRoute, store::kOfferRoute}) {
      out.answers[route] = [this](const Message& in) { return answer(in); };
    }
  }

  files::TemporaryFolder home, far;
  tests::RecordingOutbox out;
  int damaged = 0;         ///< pieces from now on
  int lost_after = 1'000;  ///< pieces, then the link is cut
  int pieces = 0;          ///< that went either way
  int offers = 0;
  int forgotten = 0;  ///< pieces from now on that are of no offer that is open
  TransferClient transfers() { return {home.path(), out, message(), may}; }
  static Message message() {
    Message in;
    in.job = in.root = "j-1";
    in.epoch = 1;
    return in;
  }
  std::vector<schemas::Capability> may;     ///< of the job
  std::vector<schemas::ManifestOf> rights;  ///< that it was asked about
  std::string refuses;                      ///< the id of an artefact that is not the job's
  std::unique_ptr<store::PartialTransfer> arriving;

 private:
  Message answer(const Message& in) {
    if (in.type == schemas::SameDisk::kType) {
      auto asked = in.as<schemas::SameDisk>();
      asked.same = fs::exists(store::probe_file(far.path(), asked.token));
      return Message::of(asked);
    }
    if (in.type == schemas::ManifestOf::kType) {
      const auto asked = in.as<schemas::ManifestOf>();
      if (asked.id == refuses) throw executor::Error("forbidden", "it is not the job's");
      if (asked.asks_right) {
        rights.push_back(asked);
        return Message::of(schemas::Manifest{asked.kind, asked.id, {}});
      }
      return Message::of(
          schemas::Manifest{asked.kind, asked.id, store::describe(far / asked.id, tests::no_beat)});
    }
    if (in.type == schemas::Offer::kType) return take(in.as<schemas::Offer>());
    if (++pieces > lost_after) throw executor::Error("stage_died", "the link is cut");
    if (in.type == schemas::PieceOf::kType) return give(in.as<schemas::PieceOf>());
    const auto piece = in.as<schemas::Piece>();
    if (forgotten-- > 0) return Message::of(schemas::Held{});
    auto bytes = std::string(in.blobs.at(0).view());
    if (damaged-- > 0) bytes[0] ^= 1;
    arriving->add(piece.file, piece.offset, bytes, piece.sha256);
    return Message::of(schemas::Held{arriving->held()});
  }
  Message give(const schemas::PieceOf& asked) {
    const auto files = store::describe(far / asked.id, tests::no_beat);
    auto bytes =
        std::string(store::read_piece(far / asked.id, files.at(asked.file), asked.offset).view());
    const schemas::Piece piece{
        .file = asked.file, .offset = asked.offset, .sha256 = files::sha256_of(bytes)};
    if (damaged-- > 0) bytes[0] ^= 1;
    return Message::of(piece, {schemas::Blob(bytes)});
  }
  Message take(const schemas::Offer& offer) {
    ++offers;
    arriving =
        std::make_unique<store::PartialTransfer>(far / "incoming", offer.files, tests::no_beat);
    const schemas::Held held{arriving->held()};
    if (offer.whole) arriving->finish(far / offer.id);
    return Message::of(held);
  }
};

const auto kWeights = tests::bytes(2 * store::kPieceBytes + 1);

}  // namespace

TEST_CASE("a stage knows whether it shares the registry's home folder") {
  FarStore store;
  CHECK_FALSE(store.transfers().is_home());
  CHECK(TransferClient(store.far.path(), store.out, FarStore::message(), {}).is_home());
  CHECK(fs::is_empty(store.home / "store/here"));
  CHECK(fs::is_empty(store.far / "store/here"));
}

TEST_CASE("a version is brought once, and found afterwards") {
  FarStore store;
  tests::write(store.far / "v-1/unet/weights", kWeights);
  for (int i = 0; i < 2; ++i) store.transfers().bring_version("v-1");
  CHECK(store.pieces == 3);
  CHECK(tests::read(store::local_version(store.home.path(), "v-1") / "unet/weights") == kWeights);
}

TEST_CASE("what the registry's host has on this disk is not brought") {
  FarStore store;
  tests::write(store.home / "store/versions/v-1/unet/weights", kWeights);
  store.may = {store::CapabilityKey(store.home.path())
                   .grant({"j-1", schemas::kVersionFolder, "v-1", schemas::kRead})};
  store.transfers().bring_version("v-1");
  store.transfers().bring_version("pretrained");
  CHECK(store.out.asked.empty());
}

TEST_CASE("on the registry's disk nothing is used that the job was not given") {
  FarStore store;
  const auto& home = store.home.path();
  const store::CapabilityKey key(home);
  for (const char* id : {"v-1", "v-2"}) {
    tests::write(home / "store/versions" / id / "model_index.json", "{}");
    tests::write(home / "store/replay" / id / "posterior.safetensors", "latents");
  }
  store.out.answers[store::kStoreRoute] = [](const Message& in) {
    return Message::of(schemas::SameDisk{in.as<schemas::SameDisk>().token, true});
  };
  store.may = {key.grant({"j-1", schemas::kVersionFolder, "v-1", schemas::kRead}),
               key.grant({"j-2", schemas::kVersionFolder, "v-2", schemas::kRead}),
               key.grant({"j-1", schemas::kReplayFolder, "v-1", schemas::kRead}),
               key.grant({"j-1", schemas::kVersionFolder, "v-3", schemas::kWrite, "j-1", 1}),
               key.grant({"j-1", schemas::kVersionFolder, "v-4", schemas::kWrite, "j-1", 2})};
  const auto replay = [&](const std::string& id) {
    return store.transfers().bring_if_missing(schemas::kReplayFolder, id,
                                              store::replay_folder(home, id));
  };
  const auto write = [&](const std::string& id) {
    store.transfers().require(schemas::kVersionFolder, id, schemas::kWrite);
  };
  CHECK_NOTHROW(store.transfers().bring_version("v-1"));
  CHECK(code_of([&] { store.transfers().bring_version("v-2"); }) == "forbidden");  // another job's
  CHECK(replay("v-1"));
  CHECK(code_of([&] { replay("v-2"); }) == "forbidden");
  CHECK(code_of([&] { replay("v-9"); }) == "forbidden");  // there is none
  CHECK_NOTHROW(write("v-3"));
  CHECK(code_of([&] { write("v-4"); }) == "forbidden");  // of another attempt
  CHECK(code_of([&] { write("v-1"); }) == "forbidden");  // to be read alone
}

TEST_CASE("elsewhere a copy that is here already is used only when storage says that it may be") {
  FarStore store;
  tests::write(store.far / "v-1/model_index.json", "{}");
  tests::write(store.home / "store/replay/v-2/posterior.safetensors", "latents");
  const auto replay = [&] {
    return store.transfers().bring_if_missing(schemas::kReplayFolder, "v-2",
                                              store::replay_folder(store.home.path(), "v-2"));
  };
  store.transfers().bring_version("v-1");
  CHECK(store.rights.empty());  // the manifest has told
  store.may = {{schemas::kVersionFolder, "v-1", schemas::kRead, "proof"}};
  store.transfers().bring_version("v-1");
  REQUIRE(store.rights.size() == 1);
  CHECK(store.rights[0].proof == "proof");
  CHECK(replay());
  store.transfers().require(schemas::kVersionFolder, "v-3", schemas::kWrite);
  REQUIRE(store.rights.size() == 3);
  CHECK(store.rights[2].right == schemas::kWrite);
  CHECK(store.rights[2].epoch == 1);
  for (const char* id : {"v-1", "v-2"}) {
    store.refuses = id;
    CHECK(code_of([&] {
            id == std::string("v-1") ? store.transfers().bring_version(id) : void(replay());
          }) == "forbidden");
  }
}

TEST_CASE("a version that is nowhere is left to its user to complain of") {
  FarStore store;
  CHECK_NOTHROW(store.transfers().bring_version("v-1"));
  CHECK_NOTHROW(store.transfers().bring_version("../x"));
  CHECK(code_of([&] { store.transfers().bring("version", "v-1", store.home / "to"); }) ==
        "not_found");
}

TEST_CASE("bringing goes on after a cut where it was") {
  FarStore store;
  tests::write(store.far / "v-1/unet/weights", kWeights);
  store.lost_after = 2;
  CHECK(code_of([&] { store.transfers().bring_version("v-1"); }) == "stage_died");
  CHECK_FALSE(fs::exists(store::cached_version(store.home.path(), "v-1")));
  store.lost_after = 1'000;
  store.pieces = 0;
  store.transfers().bring_version("v-1");
  CHECK(store.pieces == 1);
  CHECK(tests::read(store::cached_version(store.home.path(), "v-1") / "unet/weights") == kWeights);
}

TEST_CASE("a damaged piece is asked for again, kTries times in all") {
  FarStore store;
  tests::write(store.far / "v-1/unet/weights", kWeights);
  store.damaged = store::kTries - 1;
  store.transfers().bring("version", "v-1", store.home / "to");
  CHECK(tests::read(store.home / "to/unet/weights") == kWeights);
  store.damaged = store::kTries;
  CHECK(code_of([&] { store.transfers().bring("version", "v-1", store.home / "again"); }) ==
        "unavailable");
  CHECK_FALSE(fs::exists(store.home / "again"));
}

TEST_CASE("of versions from elsewhere the latest kKeptVersions are kept") {
  FarStore store;
  const auto id = [](std::size_t i) { return "v-" + std::to_string(i); };
  const auto age = [&](std::size_t i, int hours) {
    fs::last_write_time(store::cached_version(store.home.path(), id(i)),
                        fs::file_time_type::clock::now() - std::chrono::hours(hours));
  };
  for (std::size_t i = 0; i <= store::kKeptVersions; ++i) {
    tests::write(store.far / (id(i) + "/model_index.json"), "{}");
  }
  for (std::size_t i = 0; i < store::kKeptVersions; ++i) {
    store.transfers().bring_version(id(i));
    age(i, 100 - static_cast<int>(i));
  }
  store.transfers().bring_version(id(0));  // used again
  store.transfers().bring_version(id(store::kKeptVersions));
  const auto is_kept = [&](std::size_t i) {
    return fs::exists(store::cached_version(store.home.path(), id(i)));
  };
  CHECK(is_kept(0));
  CHECK_FALSE(is_kept(1));
  for (std::size_t i = 2; i <= store::kKeptVersions; ++i) CHECK(is_kept(i));
}

TEST_CASE("a folder is sent, damaged pieces again, and goes on after a cut") {
  FarStore store;
  tests::write(store.home / "made/unet/weights", kWeights);
  const auto send = [&] { store.transfers().send("version", "v-1", store.home / "made"); };
  store.damaged = store::kTries - 1;
  store.lost_after = store::kTries;  // the last of which was whole
  CHECK(code_of(send) == "stage_died");
  CHECK_FALSE(fs::exists(store.far / "v-1"));
  store.lost_after = 1'000;
  store.pieces = 0;
  send();
  CHECK(store.pieces == 2);
  CHECK(tests::read(store.far / "v-1/unet/weights") == kWeights);

  tests::write(store.home / "other/a", "a");
  store.damaged = store::kTries;
  CHECK(code_of([&] { store.transfers().send("version", "v-2", store.home / "other"); }) ==
        "unavailable");
}

TEST_CASE("a transfer that has made room for another is offered again, kTries times") {
  FarStore store;
  tests::write(store.home / "made/a", "a");
  const auto send = [&] { store.transfers().send("version", "v-1", store.home / "made"); };
  store.forgotten = store::kTries - 1;
  send();
  CHECK(store.offers == 2 + store::kTries - 1);  // the first, the last, and those between
  CHECK(tests::read(store.far / "v-1/a") == "a");
  store.forgotten = store::kTries;
  CHECK(code_of(send) == "unavailable");
}

TEST_CASE("a stage stops carrying when its job is cancelled") {
  FarStore store;
  tests::write(store.far / "v-1/unet/weights", kWeights);
  TransferClient transfers(
      store.home.path(), store.out, FarStore::message(), {},
      [&](const std::string&, std::uint64_t, std::uint64_t) { store.out.cancel = true; });
  CHECK_THROWS_AS(transfers.bring_version("v-1"), executor::Cancelled);
  CHECK(store.pieces == 1);
}
