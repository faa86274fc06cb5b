// Opens a ledger's file: checks it, or creates it.
#ifndef EVOKE_SERVER_LEDGER_SQLITE_OPEN_H_
#define EVOKE_SERVER_LEDGER_SQLITE_OPEN_H_

#include <memory>
#include <string>

#include "SQLiteCpp/SQLiteCpp.h"
#include "absl/status/statusor.h"

namespace evoke {

// The connection that writes. The caller holds the file's lock and opens one of these only.
// Creates the tables if the file is missing or empty; otherwise checks that it is a ledger of our
// version and that its pages are sound (SQLite's quick_check, which reads the whole file). Errors
// as OpenSqliteLedger says.
absl::StatusOr<std::unique_ptr<SQLite::Database>> OpenForWriting(const std::string& path);

// A connection that only reads, beside the one that writes, here or in another process.
// FAILED_PRECONDITION if the file is not a ledger of our version; UNAVAILABLE, DATA_LOSS.
absl::StatusOr<std::unique_ptr<SQLite::Database>> OpenForReading(const std::string& path);

}  // namespace evoke

#endif  // EVOKE_SERVER_LEDGER_SQLITE_OPEN_H_
