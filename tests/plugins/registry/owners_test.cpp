#include <catch2/catch.hpp>

#include "executor/database.h"
#include "tests/plugins/registry/registry_fixture.h"

using tests::Office;

namespace {

schemas::Finetuned teach(Office& office, const std::string& job, const std::string& owner,
                         const std::string& target, const std::string& word) {
  auto request = Office::request();
  request.target_model = target;
  request.identifier = word;
  return office.teach(request, job, owner);
}

// Word and version of each thing.
std::set<std::pair<std::string, std::string>> things(Office& office, const std::string& owner) {
  std::set<std::pair<std::string, std::string>> found;
  for (const auto& each : office.list(owner)) found.emplace(each.identifier, each.version);
  return found;
}

}  // namespace

TEST_CASE("a registry of format 3 takes the spellings of an address together, and loses nothing") {
  Office office;
  const auto word = teach(office, "one", "Eve@b.org", "private", "qax");
  const auto again = teach(office, "two", "eve@b.org", "private", "qax");
  const auto other = teach(office, "three", "EVE@B.org", "private", "qbx");
  const auto older = teach(office, "four", "eve@b.org", "private_meta", "qcx");
  const auto newer = teach(office, "five", "Eve@b.org", "private_meta", "qdx");
  const auto name = teach(office, "six", "Eve", "private_meta", "qex");
  const auto small = teach(office, "seven", "eve", "private_meta", "qfx");
  executor::Database(office.home() / "registry.db")
      .run("DROP TABLE freed; PRAGMA user_version = 3");
  office.reopen();

  CHECK(things(office, "eve@b.org") ==
        std::set<std::pair<std::string, std::string>>{
            {"qax", again.version}, {"qbx", other.version}, {"qdx", newer.version}});
  for (const char* spelled : {"Eve@b.org", "EVE@B.org"}) CHECK(things(office, spelled).empty());
  CHECK(things(office, "Eve").size() == 1);
  CHECK(things(office, "eve").size() == 1);

  executor::Database database(office.home() / "registry.db");
  executor::Statement aside(
      database, "SELECT owner FROM identifiers WHERE owner LIKE 'eve@b.org (set aside %)'");
  std::set<std::pair<std::string, std::string>> kept;
  while (aside.next()) kept.merge(things(office, aside.text(0)));
  CHECK(kept == std::set<std::pair<std::string, std::string>>{{"qax", word.version},
                                                              {"qcx", older.version}});
}
