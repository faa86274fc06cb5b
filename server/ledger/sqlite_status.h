// SQLite's errors as statuses that say what to do.
#ifndef EVOKE_SERVER_LEDGER_SQLITE_STATUS_H_
#define EVOKE_SERVER_LEDGER_SQLITE_STATUS_H_

#include <string>

#include "SQLiteCpp/SQLiteCpp.h"
#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace evoke {

// UNAVAILABLE: the disk is full, read-only, failing or locked; the call may be repeated once the
// cause is gone. DATA_LOSS: the file is damaged. INVALID_ARGUMENT: a record is too large. `what`
// names what was attempted: "appending to experiments/demo".
absl::Status SqliteStatus(const SQLite::Exception& error, const std::string& path,
                          const std::string& what);

// Calls f(), which returns an absl::Status or StatusOr and may throw SQLite::Exception.
template <typename F>
auto CatchSqlite(const std::string& path, const std::string& what, F f) -> decltype(f()) {
  try {
    return f();
  } catch (const SQLite::Exception& error) {
    return SqliteStatus(error, path, what);
  }
}

// CRC-32 as in zlib, PNG and Python's zlib.crc32.
uint32_t PayloadCrc32(const std::string& payload);

// Parses the record in column `payload` of the row that `row` stands on, after comparing it with
// the CRC-32 in column `crc`. DATA_LOSS naming `what` ("event 7 of experiments/demo") if it is
// damaged.
absl::Status ParseRecord(const SQLite::Statement& row, int payload, int crc,
                         const std::string& path, const std::string& what,
                         google::protobuf::Message* record);

// DATA_LOSS: "<what> in <path> is damaged (<how>): restore the ledger from a backup".
absl::Status Damaged(const std::string& path, const std::string& what, const std::string& how);

// Frees a prepared statement's locks and bindings at the end of a scope, whatever happened in it.
class StatementScope {
 public:
  explicit StatementScope(SQLite::Statement* statement) : statement_(statement) {
    statement_->tryReset();
  }
  ~StatementScope() { statement_->tryReset(); }
  StatementScope(const StatementScope&) = delete;
  StatementScope& operator=(const StatementScope&) = delete;

 private:
  SQLite::Statement* const statement_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_LEDGER_SQLITE_STATUS_H_
