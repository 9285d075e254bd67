// Nobody hears of what others keep for themselves: the full product of who asks, what for, of which
// model and by which word.
#include <catch2/catch.hpp>
#include <iostream>

#include "schemas/models.h"
#include "tests/plugins/registry/registry_fixture.h"

using tests::Office;

namespace {

/// A thing that one owner keeps for themselves; its category and version are said to nobody else.
struct Secret {
  std::string owner, target, identifier, category, version;
};

const std::vector<std::string> kTargets = {"",     "private",    "private_meta",
                                           "meta", "pretrained", "nonsense"};
const std::vector<std::string> kAskers = {"ann", "bob", "eve", "", "Ann", "ann ", "ann\n"};
constexpr const char* kNobodysWord = "qzz";

struct House {
  Office office;
  std::vector<Secret> secrets;

  House() {
    teach("ann", "private", "qax", "canary of ann alone");
    teach("ann", "private_meta", "qbx", "canary of ann meta");
    teach("bob", "private", "qcx", "canary of bob alone");
    teach("bob", "private_meta", "qdx", "canary of bob meta");
    auto shared = Office::request();
    shared.target_model = "meta";
    shared.identifier = "qex";
    office.teach(shared, "shared", "ann");
  }

  void teach(const std::string& owner, const std::string& target, const std::string& word,
             const std::string& category) {
    auto request = Office::request();
    request.target_model = target;
    request.identifier = word;
    request.category = category;
    const auto answer = office.teach(request, owner + target, owner);
    secrets.push_back({owner, target, word, category, answer.version});
  }

  /// Every byte that the asker gets, and "!code" of an error.
  std::string heard(const std::string& asker, schemas::Message message) {
    message.owner = asker;
    message.job = message.root = "question";
    office.outbox.sent.clear();
    office.outbox.shown.clear();
    std::string heard;
    try {
      office.registry().process(message, office.outbox);
    } catch (const executor::Error& error) {
      heard = "!" + error.code() + " " + error.what() + " " + error.hint();
    }
    for (const auto& sent : office.outbox.sent) heard += sent.body;
    for (const auto& shown : office.outbox.shown) heard += shown.progress.text;
    return heard;
  }
};

/// All that can be asked with a target and a word. Nothing here belongs to the askers but what
/// `House` taught, so that what takes away is asked by others alone.
std::vector<schemas::Message> questions(const std::string& target, const std::string& word,
                                        bool takes_away) {
  auto draw = Office::drawing("a " + word + " thing");
  draw.target_model = target;
  auto named = draw;
  named.identifier = word;
  std::vector<schemas::Message> all = {schemas::Message::of(schemas::Identifiers{target}),
                                       schemas::Message::of(schemas::ListIdentifiersNCategories{}),
                                       schemas::Message::of(schemas::Models{target}),
                                       schemas::Message::of(draw),
                                       schemas::Message::of(named),
                                       schemas::Message::of(schemas::Suggest{})};
  if (!takes_away) return all;
  all.push_back(schemas::Message::of(schemas::Forget{word, target}));
  all.push_back(schemas::Message::of(schemas::RollbackOwn{target}));
  all.push_back(schemas::Message::of(schemas::ResetOwn{target, word}));
  all.push_back(schemas::Message::of(schemas::RetrainOwn{target, {}, {}}));
  return all;
}

}  // namespace

TEST_CASE("askers x requests x targets x words: nobody hears what another keeps to themselves") {
  House house;
  std::size_t cells = 0;
  for (const auto& asker : kAskers) {
    const bool has_some = asker == "ann" || asker == "bob";
    for (const auto& target : kTargets) {
      for (const auto& secret : house.secrets) {
        for (const auto& question : questions(target, secret.identifier, !has_some)) {
          const auto heard = house.heard(asker, question);
          ++cells;
          for (const auto& other : house.secrets) {
            if (other.owner == asker) continue;
            INFO(asker << " asks " << question.type << " of " << target << ", " << secret.identifier
                       << ": " << heard);
            REQUIRE(heard.find(other.category) == std::string::npos);
            REQUIRE(heard.find(other.version) == std::string::npos);
          }
        }
      }
    }
  }
  std::cout << "figure: " << cells
            << " requests of one user about another's things, no canary heard\n";
  CHECK(cells > 1000);
  for (const auto& secret : house.secrets) {
    const auto kept = house.office.list(secret.owner, secret.target);
    REQUIRE(kept.size() == 1);
    CHECK(kept[0].version == secret.version);
  }
}

TEST_CASE("a word that another owner has is answered as one that nobody has") {
  House house;
  for (const auto& target : kTargets) {
    for (const auto& secret : house.secrets) {
      const auto taken = questions(target, secret.identifier, true);
      const auto free = questions(target, kNobodysWord, true);
      for (std::size_t i = 0; i < taken.size(); ++i) {
        auto heard = house.heard("eve", taken[i]), expected = house.heard("eve", free[i]);
        for (auto at = heard.find(secret.identifier); at != std::string::npos;
             at = heard.find(secret.identifier)) {
          heard.replace(at, secret.identifier.size(), kNobodysWord);
        }
        INFO(taken[i].type << " of " << target);
        if (taken[i].type != schemas::Generate::kType) CHECK(heard == expected);
        CHECK((heard[0] == '!') == (expected[0] == '!'));
      }
    }
  }
}
