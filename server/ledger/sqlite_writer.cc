#include "server/ledger/sqlite_writer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/ledger/sqlite_columns.h"
#include "server/ledger/sqlite_status.h"

namespace evoke {
namespace {

constexpr char kGetExperiment[] =
    "SELECT last_sequence, payload, crc32 FROM experiments WHERE experiment = ?";
constexpr char kPutEvent[] =
    "INSERT INTO events (experiment, sequence, time, session, kind, payload, crc32) "
    "VALUES (:experiment, :sequence, :time, :session, :kind, :payload, :crc32)";
constexpr char kPutExperiment[] =
    "INSERT INTO experiments (experiment, state, state_reason, create_time, generation, "
    "  candidate_trials_done, best_stimulus, best_score, last_sequence, payload, crc32) "
    "VALUES (:experiment, :state, :state_reason, :create_time, :generation, "
    "  :candidate_trials_done, :best_stimulus, :best_score, :last_sequence, :payload, :crc32) "
    "ON CONFLICT (experiment) DO UPDATE SET state = excluded.state, "
    "  state_reason = excluded.state_reason, create_time = excluded.create_time, "
    "  generation = excluded.generation, candidate_trials_done = excluded.candidate_trials_done, "
    "  best_stimulus = excluded.best_stimulus, best_score = excluded.best_score, "
    "  last_sequence = excluded.last_sequence, payload = excluded.payload, crc32 = excluded.crc32";
constexpr char kPutSequence[] =
    "UPDATE experiments SET last_sequence = :last_sequence WHERE experiment = :experiment";
constexpr char kPutTrial[] =
    "INSERT OR REPLACE INTO trials (experiment, number, generation, kind, stimulus, repeat, state, "
    "  state_reason, attempt, display, onset_nanos, dropped_frames, score, units, spike_counts, "
    "  baseline_counts, rates, payload, crc32) "
    "VALUES (:experiment, :number, :generation, :kind, :stimulus, :repeat, :state, :state_reason, "
    "  :attempt, :display, :onset_nanos, :dropped_frames, :score, :units, :spike_counts, "
    "  :baseline_counts, :rates, :payload, :crc32)";
constexpr char kPutStimulus[] =
    "INSERT OR REPLACE INTO stimuli (experiment, stimulus, generation, source, latent, reference, "
    "  image_crc32, payload, crc32) "
    "VALUES (:experiment, :stimulus, :generation, :source, :latent, :reference, :image_crc32, "
    "  :payload, :crc32)";

// `payload` must outlive the statement's next step.
void BindRecord(SQLite::Statement& statement, const std::string& payload) {
  statement.bindNoCopy(":payload", static_cast<const void*>(payload.data()),
                       static_cast<int>(payload.size()));
  statement.bind(":crc32", static_cast<int64_t>(PayloadCrc32(payload)));
}

// SQLite's own limit for a blob.
constexpr size_t kMaxPayload = 1'000'000'000;

}  // namespace

absl::StatusOr<PreparedAppend> PreparedAppend::Make(const std::string& experiment,
                                                    absl::Span<const v1::ExperimentEvent> events) {
  PreparedAppend append;
  append.experiment = experiment;
  append.events = events;
  for (const v1::ExperimentEvent& event : events) {
    EVOKE_ASSIGN_OR_RETURN(append.updates.emplace_back(), MakeIndexUpdate(experiment, event));
    if (event.ByteSizeLong() >= kMaxPayload) {
      return absl::InvalidArgumentError(
          absl::StrFormat("event %d of %s is larger than 1 GB", event.sequence(), experiment));
    }
    append.payloads.push_back(event.SerializeAsString());
  }
  return append;
}

absl::StatusOr<std::unique_ptr<SqliteWriter>> SqliteWriter::Make(
    const std::string& path, std::unique_ptr<SQLite::Database> db) {
  using Result = absl::StatusOr<std::unique_ptr<SqliteWriter>>;
  return CatchSqlite(path, "opening", [&]() -> Result {
    return std::unique_ptr<SqliteWriter>(new SqliteWriter(path, std::move(db)));
  });
}

SqliteWriter::SqliteWriter(const std::string& path, std::unique_ptr<SQLite::Database> db)
    : path_(path),
      db_(std::move(db)),
      get_experiment_(*db_, kGetExperiment),
      put_event_(*db_, kPutEvent),
      put_experiment_(*db_, kPutExperiment),
      put_sequence_(*db_, kPutSequence),
      put_trial_(*db_, kPutTrial),
      put_stimulus_(*db_, kPutStimulus) {}

void SqliteWriter::Commit(absl::Span<PreparedAppend* const> group) {
  bool begun = false;
  const absl::Status status = CommitTogether(group, &begun);
  if (status.ok()) return;
  // If the file is locked by another program, it is for every member, and each try takes seconds.
  const bool retry = begun && group.size() > 1;
  for (PreparedAppend* append : group) {
    if (retry) {
      Commit({&append, 1});
    } else {
      append->status = status;
    }
  }
}

absl::Status SqliteWriter::CommitTogether(absl::Span<PreparedAppend* const> group, bool* begun) {
  const std::string what =
      group.size() == 1 ? absl::StrCat("appending to ", group.front()->experiment) : "appending";
  return CatchSqlite(path_, what, [&] {
    // Rolls back unless committed.
    SQLite::Transaction transaction(*db_, SQLite::TransactionBehavior::IMMEDIATE);
    *begun = true;
    for (PreparedAppend* append : group) append->status = Write(*append);
    transaction.commit();
    return absl::OkStatus();
  });
}

absl::Status SqliteWriter::Write(const PreparedAppend& append) {
  // Everything that can fail one member alone comes before its first write.
  EVOKE_ASSIGN_OR_RETURN(const std::string id, ParseExperimentName(append.experiment));
  int64_t last_sequence = 0;
  v1::Experiment snapshot;
  EVOKE_RETURN_IF_ERROR(LoadSnapshot(id, append, &last_sequence, &snapshot));
  EVOKE_RETURN_IF_ERROR(CheckSequence(append.experiment, last_sequence, append.events));

  bool snapshot_changed = false;
  for (size_t i = 0; i < append.events.size(); ++i) {
    const IndexUpdate& update = append.updates[i];
    WriteEvent(id, append.events[i], append.payloads[i]);
    for (const auto& row : update.stimuli) WriteStimulus(id, row);
    for (const auto& row : update.trials) WriteTrial(id, row);
    update.ApplyTo(&snapshot);
    snapshot_changed |= update.changes_experiment();
  }
  last_sequence = append.events.back().sequence();
  if (snapshot_changed) {
    WriteExperiment(id, last_sequence, snapshot);
  } else {
    StatementScope scope(&put_sequence_);
    put_sequence_.bind(":last_sequence", last_sequence);
    put_sequence_.bind(":experiment", id);
    put_sequence_.exec();
  }
  return absl::OkStatus();
}

absl::Status SqliteWriter::LoadSnapshot(const std::string& id, const PreparedAppend& append,
                                        int64_t* last_sequence, v1::Experiment* snapshot) {
  StatementScope scope(&get_experiment_);
  get_experiment_.bind(1, id);
  if (!get_experiment_.executeStep()) return absl::OkStatus();
  *last_sequence = get_experiment_.getColumn(0).getInt64();
  return ParseRecord(get_experiment_, 1, 2, path_, append.experiment, snapshot);
}

void SqliteWriter::WriteEvent(const std::string& id, const v1::ExperimentEvent& event,
                              const std::string& payload) {
  StatementScope scope(&put_event_);
  put_event_.clearBindings();
  put_event_.bind(":experiment", id);
  put_event_.bind(":sequence", static_cast<int64_t>(event.sequence()));
  if (event.has_time()) put_event_.bind(":time", TimeText(event.time()));
  put_event_.bind(":session", event.session());
  put_event_.bind(":kind", KindText(event));
  BindRecord(put_event_, payload);
  put_event_.exec();
}

void SqliteWriter::WriteExperiment(const std::string& id, int64_t last_sequence,
                                   const v1::Experiment& experiment) {
  const std::string payload = experiment.SerializeAsString();
  const v1::Progress& progress = experiment.progress();
  SQLite::Statement& put = put_experiment_;
  StatementScope scope(&put);
  put.clearBindings();
  put.bind(":experiment", id);
  put.bind(":state", StateText(experiment.state()));
  put.bind(":state_reason", experiment.state_reason());
  if (experiment.has_create_time()) put.bind(":create_time", TimeText(experiment.create_time()));
  put.bind(":generation", progress.generation());
  put.bind(":candidate_trials_done", progress.candidate_trials_done());
  if (progress.has_best()) {
    put.bind(":best_stimulus", IdText(progress.best().stimulus()));
    put.bind(":best_score", progress.best().score());
  }
  put.bind(":last_sequence", last_sequence);
  BindRecord(put, payload);
  put.exec();
}

void SqliteWriter::WriteTrial(const std::string& id, const IndexUpdate::TrialRow& row) {
  const v1::Trial& trial = *row.trial;
  const std::string payload = trial.SerializeAsString();
  SQLite::Statement& put = put_trial_;
  StatementScope scope(&put);
  put.clearBindings();
  put.bind(":experiment", id);
  put.bind(":number", row.number);
  put.bind(":generation", trial.generation());
  put.bind(":kind", KindText(trial.kind()));
  put.bind(":stimulus", row.stimulus);
  put.bind(":repeat", trial.repeat());
  put.bind(":state", StateText(trial.state()));
  put.bind(":state_reason", trial.state_reason());
  put.bind(":attempt", trial.attempt());
  put.bind(":display", trial.display());
  if (trial.presentation().has_onset()) {
    put.bind(":onset_nanos", static_cast<int64_t>(trial.presentation().onset().session_nanos()));
  }
  if (trial.has_presentation()) put.bind(":dropped_frames", trial.presentation().dropped_frames());
  if (trial.has_score()) put.bind(":score", trial.score());
  if (trial.has_response()) {
    const v1::Response& response = trial.response();
    put.bind(":units", JsonText(response.units()));
    if (!response.spike_counts().empty()) {
      put.bind(":spike_counts", JsonText(response.spike_counts()));
    }
    if (!response.baseline_counts().empty()) {
      put.bind(":baseline_counts", JsonText(response.baseline_counts()));
    }
    if (!response.rates().empty()) put.bind(":rates", JsonText(response.rates()));
  }
  BindRecord(put, payload);
  put.exec();
}

void SqliteWriter::WriteStimulus(const std::string& id, const IndexUpdate::StimulusRow& row) {
  const v1::Stimulus stimulus = WithoutImage(*row.stimulus);
  const std::string payload = stimulus.SerializeAsString();
  SQLite::Statement& put = put_stimulus_;
  StatementScope scope(&put);
  put.clearBindings();
  put.bind(":experiment", id);
  put.bind(":stimulus", row.id);
  put.bind(":generation", row.generation);
  put.bind(":source", SourceText(stimulus));
  if (stimulus.has_latent()) put.bind(":latent", JsonText(stimulus.latent().values()));
  if (stimulus.has_reference()) put.bind(":reference", stimulus.reference());
  put.bind(":image_crc32", static_cast<int64_t>(stimulus.image_crc32()));
  BindRecord(put, payload);
  put.exec();
}

}  // namespace evoke
