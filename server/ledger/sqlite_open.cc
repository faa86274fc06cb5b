#include "server/ledger/sqlite_open.h"

#include <sqlite3.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "server/ledger/sqlite_schema.h"
#include "server/ledger/sqlite_status.h"

namespace evoke {
namespace {

// Others can only read for moments, or be an operator's shell with an open transaction.
constexpr int kBusyTimeoutMs = 5000;

int64_t FileSize(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : static_cast<int64_t>(size);
}

// SQLite deletes the log of an empty database unread. An empty database with a log is one that lost
// its contents, never a new one.
absl::Status CheckNotEmptied(const std::string& path) {
  if (FileSize(path) > 0 || FileSize(path + "-wal") == 0) return absl::OkStatus();
  return absl::DataLossError(absl::StrFormat(
      "ledger %s is missing or empty, but its log %s-wal is not: restore both from a backup, or "
      "move the log away to start a new ledger",
      path, path));
}

int64_t Number(SQLite::Database& db, const char* sql) { return db.execAndGet(sql).getInt64(); }

absl::Status CheckIdentity(SQLite::Database& db, const std::string& path) {
  if (Number(db, "PRAGMA application_id") != kLedgerApplicationId) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s is a database of another program, not a ledger: use another file", path));
  }
  if (const int64_t version = Number(db, "PRAGMA user_version"); version != kLedgerVersion) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "ledger %s has format version %d, this program reads version %d: open it with the release "
        "that wrote it, or use another file",
        path, version, kLedgerVersion));
  }
  return absl::OkStatus();
}

absl::Status CheckPages(SQLite::Database& db, const std::string& path) {
  const std::string verdict = db.execAndGet("PRAGMA quick_check(1)").getString();
  if (verdict == "ok") return absl::OkStatus();
  return Damaged(path, "checking its pages", verdict);
}

void Create(SQLite::Database& db) {
  SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
  db.exec(kLedgerSchema);
  db.exec(absl::StrCat("PRAGMA application_id = ", kLedgerApplicationId));
  db.exec(absl::StrCat("PRAGMA user_version = ", kLedgerVersion));
  transaction.commit();
  // Into the main file at once: with a lost log it is still known for a ledger.
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace

absl::StatusOr<std::unique_ptr<SQLite::Database>> OpenForWriting(const std::string& path) {
  EVOKE_RETURN_IF_ERROR(CheckNotEmptied(path));
  using Result = absl::StatusOr<std::unique_ptr<SQLite::Database>>;
  return CatchSqlite(path, "opening", [&]() -> Result {
    auto db = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE,
                                                 kBusyTimeoutMs);
    if (sqlite3_db_readonly(db->getHandle(), "main") == 1) {
      return absl::UnavailableError(
          absl::StrFormat("ledger %s is read-only: make the file and its folder writable", path));
    }
    const bool is_new = Number(*db, "PRAGMA application_id") == 0 &&
                        Number(*db, "SELECT count(*) FROM sqlite_master") == 0;
    if (!is_new) {
      EVOKE_RETURN_IF_ERROR(CheckIdentity(*db, path));
      EVOKE_RETURN_IF_ERROR(CheckPages(*db, path));
    }
    if (db->execAndGet("PRAGMA journal_mode = WAL").getString() != "wal") {
      return absl::UnavailableError(absl::StrFormat(
          "ledger %s can't keep a write-ahead log here: use a local file system", path));
    }
    db->exec("PRAGMA synchronous = FULL");
    if (is_new) Create(*db);
    return db;
  });
}

absl::StatusOr<std::unique_ptr<SQLite::Database>> OpenForReading(const std::string& path) {
  using Result = absl::StatusOr<std::unique_ptr<SQLite::Database>>;
  return CatchSqlite(path, "opening", [&]() -> Result {
    auto db = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READONLY, kBusyTimeoutMs);
    EVOKE_RETURN_IF_ERROR(CheckIdentity(*db, path));
    return db;
  });
}

}  // namespace evoke
