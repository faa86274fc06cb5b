// What a power cut or a bad disk does to the files of a ledger that nobody has open.
#ifndef EVOKE_TESTS_FAULT_LEDGER_FILE_H_
#define EVOKE_TESTS_FAULT_LEDGER_FILE_H_

#include <cstdint>
#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/random.h"

namespace evoke {

// How far the log (write-ahead log, https://sqlite.org/fileformat2.html#walformat) of `ledger` is
// filled.
struct LogMark {
  std::string salt;  // another one: the log was begun anew
  int64_t end = 0;   // bytes up to the end of the last whole frame with that salt
  std::filesystem::file_time_type main_written;  // of the main file
};
// Empty if there is no log.
LogMark ReadLogMark(const std::string& ledger);

// Cuts the log at a random byte behind `safe`, of what was written since: as a power cut leaves it
// that came before the last sync. Returns how many bytes it took; 0 if nothing was written since,
// or if the log's beginning went into the main file meanwhile, which implies a sync.
absl::StatusOr<int64_t> TearLog(const std::string& ledger, const LogMark& safe, Rng& rng);

// Changes one byte in the record of a random event of a ledger without a log (closed in good
// order). Returns the event's sequence number.
absl::StatusOr<int64_t> DamageEvent(const std::string& ledger, Rng& rng);

// Copies the ledger with its log, to put it back after damage; as a backup is restored.
absl::Status CopyLedger(const std::string& from, const std::string& to);

}  // namespace evoke

#endif  // EVOKE_TESTS_FAULT_LEDGER_FILE_H_
