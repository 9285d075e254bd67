#include "store/capability_key.h"

#include <catch2/catch.hpp>
#include <iostream>
#include <thread>
#include <vector>

#include "store/job_capabilities.h"
#include "store/layout.h"
#include "tests/plugins/shared/store/transfer_fixture.h"

using store::CapabilityKey;
using store::Use;
using tests::code_of;

namespace fs = std::filesystem;

namespace {

const Use kUse{
    .root = "j-1", .kind = "version", .id = "v-1", .right = "write", .job = "j-1", .epoch = 1};

}  // namespace

TEST_CASE("a home has one key, its user's alone, whoever comes first") {
  files::TemporaryFolder home;
  std::vector<std::string> proofs(16);
  std::vector<std::thread> processes;
  for (auto& proof : proofs) {
    processes.emplace_back([&] { proof = CapabilityKey(home.path()).grant(kUse).proof; });
  }
  for (auto& process : processes) process.join();
  for (const auto& proof : proofs) CHECK(proof == proofs.front());
  const auto file = store::capability_key(home.path());
  CHECK(fs::file_size(file) == CapabilityKey::kBytes);
  CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(fs::status(file.parent_path()).permissions() == fs::perms::owner_all);
  CHECK(std::distance(fs::directory_iterator(file.parent_path()), {}) == 1);
}

TEST_CASE("a key that is none, or that others can read, is refused by name") {
  files::TemporaryFolder home;
  const auto file = store::capability_key(home.path());
  const auto code = [&] { return code_of([&] { CapabilityKey{home.path()}; }); };
  for (const auto& bytes : {std::string(), std::string(CapabilityKey::kBytes - 1, 'k'),
                            std::string(CapabilityKey::kBytes + 1, 'k')}) {
    tests::write(file, bytes);
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    CHECK(code() == "bad_config");
  }
  tests::write(file, std::string(CapabilityKey::kBytes, 'k'));
  CHECK(code().empty());
  fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
  CHECK(code() == "bad_config");
  fs::remove(file);
  fs::create_symlink(home / "elsewhere", file);
  CHECK(code() == "bad_config");
}

TEST_CASE("a proof holds for its own use: of all uses that differ in something none") {
  files::TemporaryFolder home, other;
  const CapabilityKey key(home.path());
  std::vector<Use> uses;
  for (const char* root : {"j-1", "j-2", "j-10"}) {
    for (const char* kind : {"version", "replay", "checkpoint"}) {
      for (const char* id : {"v-1", "v-2", "j-1"}) {
        for (const char* right : {"read", "write"}) {
          for (const char* job : {"j-1", "j-11"}) {
            for (const std::uint64_t epoch : {1, 2}) {
              uses.push_back({root, kind, id, right, job, epoch});
            }
          }
        }
      }
    }
  }
  std::size_t cells = 0;
  for (const auto& mine : uses) {
    const auto proof = key.grant(mine).proof;
    CHECK(proof.size() == 64);
    for (const auto& theirs : uses) {
      // Of reading, the attempt does not matter.
      const bool same =
          mine.root == theirs.root && mine.kind == theirs.kind && mine.id == theirs.id &&
          mine.right == theirs.right &&
          (mine.right == schemas::kRead || (mine.job == theirs.job && mine.epoch == theirs.epoch));
      ++cells;
      if ((code_of([&] { key.require(theirs, proof); }) == "forbidden") == same) FAIL(cells);
    }
    for (const auto& forged :
         {std::string(), proof.substr(1), proof + "0", std::string(64, '0'), "F" + proof.substr(1),
          CapabilityKey(other.path()).grant(mine).proof}) {
      ++cells;
      if (code_of([&] { key.require(mine, forged); }) != "forbidden") FAIL(forged);
    }
  }
  std::cout << "figure: " << cells << " proofs shown for uses, each taken for its own alone\n";
}

TEST_CASE("no job, no capability") {
  files::TemporaryFolder home;
  const CapabilityKey key(home.path());
  auto nobodys = kUse;
  nobodys.root.clear();
  CHECK(code_of([&] { key.grant(nobodys); }) == "internal");
  CHECK(code_of([&] { key.require(nobodys, ""); }) == "forbidden");
  for (auto part : {&Use::root, &Use::kind, &Use::id, &Use::right, &Use::job}) {
    auto two_lines = kUse;
    two_lines.*part += "\nx";
    CHECK(code_of([&] { key.grant(two_lines); }) == "internal");
  }
}

TEST_CASE("a refusal says nothing of what there is") {
  files::TemporaryFolder home;
  const CapabilityKey key(home.path());
  tests::write(home / "store/versions/v-1/model_index.json", "{}");
  const auto text = [&](const std::string& id) {
    try {
      auto use = kUse;
      use.id = id;
      key.require(use, "");
    } catch (const executor::Error& error) {
      return error.code() + " " + error.what() + " " + error.hint();
    }
    return std::string();
  };
  auto there = text("v-1"), nowhere = text("v-2");
  CHECK(there.starts_with("forbidden"));
  CHECK(there.replace(there.find("v-1"), 3, "v-2") == nowhere);
}

TEST_CASE("a job is given what its settings name, and nothing else") {
  files::TemporaryFolder home;
  const CapabilityKey key(home.path());
  schemas::Message in;
  in.job = "j-2";
  in.root = "j-1";  // a stage has called for it
  in.epoch = 3;
  schemas::TrainSettings settings;
  settings.target_model = "meta";
  settings.base = "v-1";
  settings.version = "v-3";
  settings.replay = {{"sks", "dog", "a sks dog", "v-1"}, {"brc", "cat", "a brc cat", "v-2"}};
  const auto given = [&](const schemas::TrainSettings& plan) {
    auto asked = plan;
    store::add_capabilities(asked, in, key);
    std::string names;
    for (const auto& each : schemas::capabilities_of(asked)) {
      names += each.right + " " + each.kind + " " + each.id + "; ";
      key.require({in.root, each.kind, each.id, each.right, in.job, in.epoch}, each.proof);
    }
    return names;
  };
  CHECK(given(settings) ==
        "write version v-3; read checkpoint j-2; write checkpoint j-2; read version v-1; "
        "read replay v-3; write replay v-3; read replay v-1; read replay v-2; ");
  settings.replaces = "v-2";
  settings.base = "pretrained";
  CHECK(given(settings) ==
        "write version v-3; read checkpoint j-2; write checkpoint j-2; read replay v-1; "
        "read replay v-2; ");
  settings.replaces.clear();
  settings.replay.clear();
  settings.target_model = "private";
  CHECK(given(settings) == "write version v-3; read checkpoint j-2; write checkpoint j-2; ");

  schemas::DrawSettings draw;
  draw.version = "pretrained";
  CHECK(store::capabilities_for(draw, in, key).empty());
  draw.version = "v-1";
  const auto may = store::capabilities_for(draw, in, key);
  REQUIRE(may.size() == 1);
  CHECK_NOTHROW(key.require({"j-1", "version", "v-1", "read"}, may[0].proof));
}
