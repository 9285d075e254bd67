#include "registry/row_checks.h"

#include <array>
#include <set>
#include <stdexcept>
#include <string>

#include "registry/request_checks.h"
#include "registry/target_checks.h"
#include "schemas/codec.h"
#include "schemas/finetune.h"
#include "schemas/id.h"
#include "schemas/request_limits.h"
#include "schemas/training.h"

namespace registry {
namespace {

using executor::Column;
using executor::DamagedRow;
using executor::Database;
using executor::Statement;
using executor::Stored;

constexpr std::size_t kMostTextBytes = 64 * 1024;
constexpr std::int64_t kMostEpoch = std::int64_t{1} << 53;

constexpr Column kVersions[] = {{"version", Stored::text, schemas::kMaxIdBytes},
                                {"job", Stored::text, schemas::kMaxIdBytes},
                                {"answer", Stored::bytes, schemas::kMaxBodyBytes},
                                {"created", Stored::text, 64},
                                {"line", Stored::text, kMostTextBytes},
                                {"base", Stored::text, schemas::kMaxIdBytes},
                                {"kept", Stored::number},
                                {"damaged", Stored::number}};
constexpr Column kIdentifiers[] = {{"identifier", Stored::text, kMostTextBytes},
                                   {"owner", Stored::text, kMostTextBytes},
                                   {"target", Stored::text},
                                   {"category", Stored::text, kMostTextBytes},
                                   {"state", Stored::text},
                                   {"job", Stored::text, schemas::kMaxIdBytes},
                                   {"epoch", Stored::number},
                                   {"settings", Stored::bytes, schemas::kMaxBodyBytes},
                                   {"version", Stored::text, schemas::kMaxIdBytes, true}};
constexpr Column kFreed[] = {{"job", Stored::text, schemas::kMaxIdBytes},
                             {"owner", Stored::text, kMostTextBytes},
                             {"epoch", Stored::number},
                             {"settings", Stored::bytes, schemas::kMaxBodyBytes}};
constexpr Column kWords[] = {{"word", Stored::text, schemas::kMaxIdentifierBytes}};

void require(bool sound, const char* otherwise) {
  if (!sound) throw std::runtime_error(otherwise);
}

bool is_flag(std::int64_t number) {
  return number == 0 || number == 1;
}

// Every check keeps what it has seen: an index that is damaged lets in what it should not.
class Checks {
 public:
  // Columns count from the row's own number, as in damaged_rows().
  void version(const Statement& row) {
    const auto id = row.text(1), job = row.text(2);
    require(schemas::is_id(id) && schemas::is_id(job), "its version or its job is no id");
    const auto answer = schemas::unpack<schemas::Finetuned>(row.text(3));
    require(answer.version == id, "its answer is another version's");
    require(is_flag(row.number(7)) && is_flag(row.number(8)), "kept or damaged is neither 0 nor 1");
    require(version_jobs_.insert(job).second, "another row has its job");
    require(versions_.insert(id).second, "another row has its version");
  }

  static void freed(const Statement& row) {
    require(schemas::is_id(row.text(1)), "its job is no id");
    require(row.number(3) >= 0 && row.number(3) <= kMostEpoch, "its epoch is none");
    schemas::parse(row.text(4)).get().as<schemas::TrainSettings>();
  }

  void identifier(const Statement& row) {
    const auto word = row.text(1), owner = row.text(2), target = row.text(3), state = row.text(5),
               job = row.text(6);
    require_none(schemas::fault_in_trained(target));
    const bool published = state == "published";
    require(published || state == "booked", "its state is none");
    require(published == (row.stored(9) != Stored::null), "its version does not fit its state");
    require(schemas::is_id(job), "its job is no id");
    require(row.number(7) >= 0 && row.number(7) <= kMostEpoch, "its epoch is none");
    const auto settings = schemas::parse(row.text(8)).get().as<schemas::TrainSettings>();
    require(settings.identifier == word && settings.target_model == target &&
                settings.category == row.text(4) && schemas::is_id(settings.version),
            "its settings are another's");
    require(!published || (row.text(9) == settings.version && versions_.contains(row.text(9))),
            "the version that it names is gone");
    const auto whose = target == kMeta ? "" : owner;  // on meta a word is one owner's alone
    require(jobs_.insert(job).second, "another row has its job");
    require(words_.insert({whose, target, word}).second, "another row has its word");
  }

 private:
  std::set<std::string> versions_, version_jobs_, jobs_;
  std::set<std::array<std::string, 3>> words_;
};

void add(std::vector<DamagedRow>& all, Database& database, const char* table,
         std::span<const Column> columns, const std::function<void(const Statement&)>& check) {
  const auto damaged = executor::damaged_rows(database, table, columns, check);
  executor::set_aside(database, table, columns, damaged);
  all.insert(all.end(), damaged.begin(), damaged.end());
}

}  // namespace

std::vector<DamagedRow> set_aside_damaged_rows(Database& database) {
  std::vector<DamagedRow> all;
  Checks checks;
  add(all, database, "versions", kVersions, [&](const auto& row) { checks.version(row); });
  add(all, database, "identifiers", kIdentifiers, [&](const auto& row) { checks.identifier(row); });
  add(all, database, "freed", kFreed, Checks::freed);
  add(all, database, "rare_identifiers", kWords, [](const auto&) {});
  return all;
}

}  // namespace registry
