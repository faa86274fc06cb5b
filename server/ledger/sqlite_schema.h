// The tables of a ledger on disk; docs/ledger.md describes them.
#ifndef EVOKE_SERVER_LEDGER_SQLITE_SCHEMA_H_
#define EVOKE_SERVER_LEDGER_SQLITE_SCHEMA_H_

#include <cstdint>

namespace evoke {

// "EVOK": the application_id of the SQLite header, by which a ledger is told from other databases.
inline constexpr int64_t kLedgerApplicationId = 0x45564F4B;
// The user_version of the SQLite header. Raise it with every change of the tables.
inline constexpr int64_t kLedgerVersion = 1;

// Creates every table and view of an empty database.
extern const char kLedgerSchema[];

}  // namespace evoke

#endif  // EVOKE_SERVER_LEDGER_SQLITE_SCHEMA_H_
