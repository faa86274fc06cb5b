// Reads a ledger's database through a connection of its own: a snapshot that no writer disturbs and
// that disturbs no writer.
#ifndef EVOKE_SERVER_LEDGER_SQLITE_READER_H_
#define EVOKE_SERVER_LEDGER_SQLITE_READER_H_

#include <memory>
#include <string>
#include <vector>

#include "SQLiteCpp/SQLiteCpp.h"
#include "absl/status/statusor.h"
#include "evoke/v1/event.pb.h"

namespace evoke {

// Not thread-safe: one thread at a time. Methods as in Ledger; each sees one moment.
class SqliteReader {
 public:
  static absl::StatusOr<std::unique_ptr<SqliteReader>> Open(const std::string& path);

  absl::StatusOr<std::vector<v1::ExperimentEvent>> ReadEvents(const std::string& experiment,
                                                              int64_t after_sequence, int limit);
  absl::StatusOr<v1::Experiment> GetExperiment(const std::string& experiment);
  absl::StatusOr<std::vector<v1::Experiment>> ListExperiments(const std::string& after, int limit);
  absl::StatusOr<std::vector<std::string>> UnfinishedExperiments();
  absl::StatusOr<std::vector<v1::Trial>> ListTrials(const std::string& experiment,
                                                    int64_t after_number, int limit);
  absl::StatusOr<v1::Stimulus> GetStimulus(const std::string& stimulus);

 private:
  struct Head {
    int64_t id;             // in order of creation
    int64_t last_sequence;  // of its latest event
  };

  SqliteReader(const std::string& path, std::unique_ptr<SQLite::Database> db);
  // NOT_FOUND. Throws SQLite::Exception.
  absl::StatusOr<Head> Find(const std::string& experiment);

  const std::string path_;
  const std::unique_ptr<SQLite::Database> db_;
  SQLite::Statement find_;
  SQLite::Statement events_;
  SQLite::Statement experiment_;
  SQLite::Statement experiments_;
  SQLite::Statement unfinished_;
  SQLite::Statement trials_;
  SQLite::Statement stimulus_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_LEDGER_SQLITE_READER_H_
