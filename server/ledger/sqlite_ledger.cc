#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/mutex.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/ledger/file_lock.h"
#include "server/ledger/group_commit.h"
#include "server/ledger/ledger.h"
#include "server/ledger/sqlite_open.h"
#include "server/ledger/sqlite_reader.h"
#include "server/ledger/sqlite_writer.h"

namespace evoke {
namespace {

// Idle readers that are kept, with their prepared statements.
constexpr size_t kIdleReaders = 4;

class SqliteLedger final : public Ledger {
 public:
  SqliteLedger(std::string path, std::unique_ptr<FileLock> lock,
               std::unique_ptr<SqliteWriter> writer)
      : path_(std::move(path)),
        lock_(std::move(lock)),
        writer_(std::move(writer)),
        commits_([this](absl::Span<PreparedAppend* const> group) { writer_->Commit(group); }) {}

  absl::Status Append(const std::string& experiment,
                      absl::Span<const v1::ExperimentEvent> events) override {
    EVOKE_RETURN_IF_ERROR(ParseExperimentName(experiment).status());
    if (events.empty()) return absl::OkStatus();
    EVOKE_ASSIGN_OR_RETURN(PreparedAppend append, PreparedAppend::Make(experiment, events));
    commits_.Run(&append);
    return append.status;
  }

  absl::StatusOr<std::vector<v1::ExperimentEvent>> ReadEvents(const std::string& experiment,
                                                              int64_t after_sequence,
                                                              int limit) const override {
    return Read(&SqliteReader::ReadEvents, experiment, after_sequence, limit);
  }
  absl::StatusOr<v1::Experiment> GetExperiment(const std::string& experiment) const override {
    return Read(&SqliteReader::GetExperiment, experiment);
  }
  absl::StatusOr<std::vector<v1::Experiment>> ListExperiments(const std::string& after,
                                                              int limit) const override {
    return Read(&SqliteReader::ListExperiments, after, limit);
  }
  absl::StatusOr<std::vector<std::string>> UnfinishedExperiments() const override {
    return Read(&SqliteReader::UnfinishedExperiments);
  }
  absl::StatusOr<std::vector<v1::Trial>> ListTrials(const std::string& experiment,
                                                    int64_t after_number,
                                                    int limit) const override {
    return Read(&SqliteReader::ListTrials, experiment, after_number, limit);
  }
  absl::StatusOr<v1::Stimulus> GetStimulus(const std::string& stimulus) const override {
    return Read(&SqliteReader::GetStimulus, stimulus);
  }

 private:
  // Calls a method of a reader that nobody else uses meanwhile. Readers are made as needed, so that
  // no read waits for another.
  template <typename R, typename... Params, typename... Args>
  R Read(R (SqliteReader::*method)(Params...), const Args&... args) const {
    EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<SqliteReader> reader, TakeReader());
    R result = (*reader.*method)(args...);
    MutexLock lock(&mutex_);
    if (idle_.size() < kIdleReaders) idle_.push_back(std::move(reader));
    return result;
  }

  absl::StatusOr<std::unique_ptr<SqliteReader>> TakeReader() const {
    {
      MutexLock lock(&mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<SqliteReader> reader = std::move(idle_.back());
        idle_.pop_back();
        return reader;
      }
    }
    return SqliteReader::Open(path_);
  }

  const std::string path_;
  // Declared in this order so that the last connection is closed before the lock is given up.
  const std::unique_ptr<FileLock> lock_;
  const std::unique_ptr<SqliteWriter> writer_;  // used by commits_ only
  GroupCommit<PreparedAppend> commits_;
  mutable Mutex mutex_;
  mutable std::vector<std::unique_ptr<SqliteReader>> idle_ ABSL_GUARDED_BY(mutex_);
};

// One name per file, whatever links lead to it: SQLite's log and our lock sit beside the real one.
absl::StatusOr<std::string> RealPath(const std::string& path) {
  if (path.empty()) return absl::InvalidArgumentError("the ledger's path is empty: name a file");
  std::error_code error;
  std::filesystem::path real = std::filesystem::absolute(path, error);
  if (!error) real = std::filesystem::weakly_canonical(real, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat("ledger ", path, " can't be reached (",
                                               error.message(), "): check its folder"));
  }
  return real.string();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Ledger>> OpenSqliteLedger(const std::string& path) {
  EVOKE_ASSIGN_OR_RETURN(std::string real, RealPath(path));
  EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<FileLock> lock, FileLock::Acquire(real + "-lock"));
  EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<SQLite::Database> db, OpenForWriting(real));
  EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<SqliteWriter> writer,
                         SqliteWriter::Make(real, std::move(db)));
  return std::make_unique<SqliteLedger>(std::move(real), std::move(lock), std::move(writer));
}

}  // namespace evoke
