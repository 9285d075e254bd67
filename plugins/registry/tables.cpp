#include "registry/tables.h"

#include <cstdio>

#include "executor/damaged_rows.h"
#include "executor/error.h"
#include "registry/row_checks.h"

namespace registry {
namespace {

constexpr std::int64_t kFormat = 5;

constexpr const char* kFormat1 = R"(
CREATE TABLE versions (
  version TEXT PRIMARY KEY,
  job     TEXT NOT NULL UNIQUE,
  answer  BLOB NOT NULL,  -- finetuned.v1, sent again when the job's last hop is redelivered
  created TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;
CREATE TABLE identifiers (
  owner      TEXT NOT NULL,
  target     TEXT NOT NULL,
  identifier TEXT NOT NULL,
  category   TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('booked', 'published')),
  job        TEXT NOT NULL UNIQUE,
  epoch      INTEGER NOT NULL,
  settings   BLOB NOT NULL,  -- the map `settings` of plan.v1
  version    TEXT REFERENCES versions (version),  -- that learned it
  CHECK ((state = 'published') = (version IS NOT NULL)),
  UNIQUE (owner, target, identifier)
) STRICT;
)";

// Metamodels. Of a line the newest version is the current one.
constexpr const char* kFormat2 = R"(
ALTER TABLE versions ADD COLUMN line TEXT NOT NULL DEFAULT '';  -- line_of(); '' = a private model
ALTER TABLE versions ADD COLUMN base TEXT NOT NULL DEFAULT 'pretrained';
ALTER TABLE versions ADD COLUMN kept INTEGER NOT NULL DEFAULT 1;  -- its folder is there
CREATE UNIQUE INDEX shared_identifiers ON identifiers (identifier) WHERE target = 'meta';
CREATE TABLE rare_identifiers (word TEXT PRIMARY KEY) STRICT;  -- in order of rowid
)";

constexpr const char* kFormat3 = R"(
ALTER TABLE versions ADD COLUMN damaged INTEGER NOT NULL DEFAULT 0;  -- a file of it has changed
)";

// "Eve@b.org" and "eve@b.org" were two owners and are one (flow/access/principal.h). Where both had
// a metamodel, or a word of the same name, the later one stays; the other goes to an owner of its
// own, "eve@b.org (set aside 12)", for whom an administrator can make an API key.
constexpr const char* kFormat4 = R"(
CREATE TEMP TABLE aside AS SELECT line, lower(line) || ' (set aside ' || min(rowid) || ')' AS renamed
  FROM versions WHERE instr(line, '@') > 0 GROUP BY line HAVING max(rowid) <
  (SELECT max(other.rowid) FROM versions other WHERE lower(other.line) = lower(versions.line));
UPDATE identifiers SET owner = substr(
    (SELECT renamed FROM aside WHERE line = target || char(10) || owner), length(target) + 2)
  WHERE target || char(10) || owner IN (SELECT line FROM aside);
UPDATE versions SET line = (SELECT renamed FROM aside WHERE aside.line = versions.line)
  WHERE line IN (SELECT line FROM aside);
UPDATE versions SET line = lower(line) WHERE instr(line, '@') > 0;
UPDATE identifiers SET owner = lower(owner) || ' (set aside ' || rowid || ')'
  WHERE instr(owner, '@') > 0 AND EXISTS
  (SELECT 1 FROM identifiers later WHERE lower(later.owner) = lower(identifiers.owner)
   AND later.target = identifiers.target AND later.identifier = identifiers.identifier
   AND later.rowid > identifiers.rowid);
UPDATE identifiers SET owner = lower(owner) WHERE instr(owner, '@') > 0;
DROP TABLE aside;
)";

// What was booked for jobs that were not known to be open when the registry was started.
constexpr const char* kFormat5 = R"(
CREATE TABLE freed (
  job      TEXT PRIMARY KEY,
  owner    TEXT NOT NULL,
  epoch    INTEGER NOT NULL,
  settings BLOB NOT NULL  -- as in identifiers
) STRICT;
PRAGMA user_version = 5;
)";

}  // namespace

void Tables::make(const std::filesystem::path& file) {
  executor::Transaction transaction(database_);
  std::int64_t format = 0;
  {
    executor::Statement version(database_, "PRAGMA user_version");
    if (version.next()) format = version.number(0);
  }
  if (format > kFormat) {
    throw executor::Error("bad_config", file.string() + " was written by a newer souvenir",
                          "use that one, or another SOUVENIR_HOME");
  }
  is_new_ = format == 0;
  if (format < 1) database_.run(kFormat1);
  if (format < 2) database_.run(kFormat2);
  if (format < 3) database_.run(kFormat3);
  if (format < 4) database_.run(kFormat4);
  if (format < 5) database_.run(kFormat5);
  transaction.commit();
}

Tables::Tables(const std::filesystem::path& file) : database_(file) {
  make(file);
  const auto note = executor::note_of(file, set_aside_damaged_rows(database_));
  if (!note.empty()) std::fprintf(stderr, "%s\n", note.c_str());
  has_damaged_ = !executor::rows_set_aside(database_).empty();
}

}  // namespace registry
