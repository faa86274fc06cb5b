// Writes events and the index over them into a ledger's database.
#ifndef EVOKE_SERVER_LEDGER_SQLITE_WRITER_H_
#define EVOKE_SERVER_LEDGER_SQLITE_WRITER_H_

#include <memory>
#include <string>
#include <vector>

#include "SQLiteCpp/SQLiteCpp.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "evoke/v1/event.pb.h"
#include "server/ledger/index_update.h"

namespace evoke {

// One call of Ledger::Append, checked and encoded by its caller's thread so that the writer only
// writes. Refers to the caller's events.
struct PreparedAppend {
  std::string experiment;
  absl::Span<const v1::ExperimentEvent> events;
  std::vector<std::string> payloads;  // one per event
  std::vector<IndexUpdate> updates;   // one per event
  absl::Status status;                // the outcome

  // INVALID_ARGUMENT if an event is malformed.
  static absl::StatusOr<PreparedAppend> Make(const std::string& experiment,
                                             absl::Span<const v1::ExperimentEvent> events);
};

// Not thread-safe: one thread at a time.
class SqliteWriter {
 public:
  // Takes the connection. Errors as OpenSqliteLedger says.
  static absl::StatusOr<std::unique_ptr<SqliteWriter>> Make(const std::string& path,
                                                            std::unique_ptr<SQLite::Database> db);

  // Appends each member of the group in one durable transaction, and sets its status. A member that
  // doesn't follow its experiment's last event fails alone. If the transaction fails, nothing of it
  // is there, and the members are tried one by one: a small one may fit on a nearly full disk.
  void Commit(absl::Span<PreparedAppend* const> group);

 private:
  SqliteWriter(const std::string& path, std::unique_ptr<SQLite::Database> db);

  absl::Status CommitTogether(absl::Span<PreparedAppend* const> group, bool* begun);
  // These throw SQLite::Exception on errors of the storage.
  absl::Status Write(const PreparedAppend& append);
  absl::Status LoadSnapshot(const std::string& id, const PreparedAppend& append,
                            int64_t* last_sequence, v1::Experiment* snapshot);
  void WriteEvent(const std::string& id, const v1::ExperimentEvent& event,
                  const std::string& payload);
  void WriteExperiment(const std::string& id, int64_t last_sequence,
                       const v1::Experiment& experiment);
  void WriteTrial(const std::string& id, const IndexUpdate::TrialRow& row);
  void WriteStimulus(const std::string& id, const IndexUpdate::StimulusRow& row);

  const std::string path_;
  const std::unique_ptr<SQLite::Database> db_;
  SQLite::Statement get_experiment_;
  SQLite::Statement put_event_;
  SQLite::Statement put_experiment_;
  SQLite::Statement put_sequence_;
  SQLite::Statement put_trial_;
  SQLite::Statement put_stimulus_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_LEDGER_SQLITE_WRITER_H_
