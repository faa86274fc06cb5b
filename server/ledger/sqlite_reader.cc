#include "server/ledger/sqlite_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/ledger/sqlite_columns.h"
#include "server/ledger/sqlite_open.h"
#include "server/ledger/sqlite_status.h"

namespace evoke {
namespace {

absl::Status NotFound(const std::string& name) {
  return absl::NotFoundError(absl::StrCat(name, " is not in the ledger"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteReader>> SqliteReader::Open(const std::string& path) {
  EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<SQLite::Database> db, OpenForReading(path));
  using Result = absl::StatusOr<std::unique_ptr<SqliteReader>>;
  return CatchSqlite(path, "opening", [&]() -> Result {
    return std::unique_ptr<SqliteReader>(new SqliteReader(path, std::move(db)));
  });
}

SqliteReader::SqliteReader(const std::string& path, std::unique_ptr<SQLite::Database> db)
    : path_(path),
      db_(std::move(db)),
      find_(*db_, "SELECT id, last_sequence FROM experiments WHERE experiment = ?"),
      events_(*db_,
              "SELECT sequence, payload, crc32 FROM events WHERE experiment = ? AND sequence > ? "
              "ORDER BY sequence LIMIT ?"),
      experiment_(*db_, "SELECT payload, crc32 FROM experiments WHERE experiment = ?"),
      experiments_(*db_,
                   "SELECT experiment, payload, crc32 FROM experiments WHERE id < ? "
                   "ORDER BY id DESC LIMIT ?"),
      unfinished_(*db_,
                  "SELECT experiment FROM experiments WHERE state IN ('ACTIVE', 'PAUSED') "
                  "ORDER BY id"),
      trials_(*db_,
              "SELECT number, payload, crc32 FROM trials WHERE experiment = ? AND number > ? "
              "ORDER BY number LIMIT ?"),
      stimulus_(*db_, "SELECT payload, crc32 FROM stimuli WHERE experiment = ? AND stimulus = ?") {}

absl::StatusOr<SqliteReader::Head> SqliteReader::Find(const std::string& experiment) {
  // A name of another form is in no ledger; its last part might be.
  if (!ParseExperimentName(experiment).ok()) return NotFound(experiment);
  StatementScope scope(&find_);
  find_.bind(1, IdText(experiment));
  if (!find_.executeStep()) return NotFound(experiment);
  return Head{find_.getColumn(0).getInt64(), find_.getColumn(1).getInt64()};
}

absl::StatusOr<std::vector<v1::ExperimentEvent>> SqliteReader::ReadEvents(
    const std::string& experiment, int64_t after_sequence, int limit) {
  using Result = absl::StatusOr<std::vector<v1::ExperimentEvent>>;
  return CatchSqlite(path_, absl::StrCat("reading events of ", experiment), [&]() -> Result {
    SQLite::Transaction snapshot(*db_);
    EVOKE_ASSIGN_OR_RETURN(const Head head, Find(experiment));
    const int64_t begin = std::clamp<int64_t>(after_sequence, 0, head.last_sequence);
    const int64_t end = begin + std::clamp<int64_t>(limit, 0, head.last_sequence - begin);
    std::vector<v1::ExperimentEvent> events;
    StatementScope scope(&events_);
    events_.bind(1, IdText(experiment));
    events_.bind(2, begin);
    events_.bind(3, end - begin);
    // Counting up finds missing records, which no checksum can.
    for (int64_t sequence = begin + 1; sequence <= end; ++sequence) {
      const std::string what = absl::StrFormat("event %d of %s", sequence, experiment);
      if (!events_.executeStep() || events_.getColumn(0).getInt64() != sequence) {
        return Damaged(path_, what, "it is missing");
      }
      v1::ExperimentEvent& event = events.emplace_back();
      EVOKE_RETURN_IF_ERROR(ParseRecord(events_, 1, 2, path_, what, &event));
      if (event.sequence() != sequence) {
        return Damaged(path_, what, absl::StrCat("it holds event ", event.sequence()));
      }
    }
    return events;
  });
}

absl::StatusOr<v1::Experiment> SqliteReader::GetExperiment(const std::string& experiment) {
  return CatchSqlite(
      path_, absl::StrCat("reading ", experiment), [&]() -> absl::StatusOr<v1::Experiment> {
        if (!ParseExperimentName(experiment).ok()) return NotFound(experiment);
        StatementScope scope(&experiment_);
        experiment_.bind(1, IdText(experiment));
        if (!experiment_.executeStep()) return NotFound(experiment);
        v1::Experiment snapshot;
        EVOKE_RETURN_IF_ERROR(ParseRecord(experiment_, 0, 1, path_, experiment, &snapshot));
        return snapshot;
      });
}

absl::StatusOr<std::vector<v1::Experiment>> SqliteReader::ListExperiments(const std::string& after,
                                                                          int limit) {
  using Result = absl::StatusOr<std::vector<v1::Experiment>>;
  return CatchSqlite(path_, "listing experiments", [&]() -> Result {
    SQLite::Transaction snapshot(*db_);
    int64_t before_id = std::numeric_limits<int64_t>::max();
    if (!after.empty()) {
      EVOKE_ASSIGN_OR_RETURN(const Head head, Find(after));
      before_id = head.id;
    }
    std::vector<v1::Experiment> experiments;
    StatementScope scope(&experiments_);
    experiments_.bind(1, before_id);
    experiments_.bind(2, std::max(limit, 0));
    while (experiments_.executeStep()) {
      EVOKE_RETURN_IF_ERROR(ParseRecord(experiments_, 1, 2, path_,
                                        ExperimentName(experiments_.getColumn(0).getText()),
                                        &experiments.emplace_back()));
    }
    return experiments;
  });
}

absl::StatusOr<std::vector<std::string>> SqliteReader::UnfinishedExperiments() {
  using Result = absl::StatusOr<std::vector<std::string>>;
  return CatchSqlite(path_, "listing unfinished experiments", [&]() -> Result {
    std::vector<std::string> names;
    StatementScope scope(&unfinished_);
    while (unfinished_.executeStep()) {
      names.push_back(ExperimentName(unfinished_.getColumn(0).getText()));
    }
    return names;
  });
}

absl::StatusOr<std::vector<v1::Trial>> SqliteReader::ListTrials(const std::string& experiment,
                                                                int64_t after_number, int limit) {
  using Result = absl::StatusOr<std::vector<v1::Trial>>;
  return CatchSqlite(path_, absl::StrCat("listing trials of ", experiment), [&]() -> Result {
    SQLite::Transaction snapshot(*db_);
    EVOKE_RETURN_IF_ERROR(Find(experiment).status());
    std::vector<v1::Trial> trials;
    StatementScope scope(&trials_);
    trials_.bind(1, IdText(experiment));
    trials_.bind(2, after_number);
    trials_.bind(3, std::max(limit, 0));
    while (trials_.executeStep()) {
      const std::string name = TrialName(experiment, trials_.getColumn(0).getInt64());
      EVOKE_RETURN_IF_ERROR(ParseRecord(trials_, 1, 2, path_, name, &trials.emplace_back()));
    }
    return trials;
  });
}

absl::StatusOr<v1::Stimulus> SqliteReader::GetStimulus(const std::string& stimulus) {
  EVOKE_ASSIGN_OR_RETURN(const ParsedStimulusName name, ParseStimulusName(stimulus));
  return CatchSqlite(path_, absl::StrCat("reading ", stimulus),
                     [&]() -> absl::StatusOr<v1::Stimulus> {
                       StatementScope scope(&stimulus_);
                       stimulus_.bind(1, IdText(name.experiment));
                       stimulus_.bind(2, name.id);
                       if (!stimulus_.executeStep()) return NotFound(stimulus);
                       v1::Stimulus found;
                       EVOKE_RETURN_IF_ERROR(ParseRecord(stimulus_, 0, 1, path_, stimulus, &found));
                       return found;
                     });
}

}  // namespace evoke
