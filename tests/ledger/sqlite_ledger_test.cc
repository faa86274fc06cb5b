// What only the ledger on disk does: who may open it, and what other programs see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "SQLiteCpp/SQLiteCpp.h"
#include "absl/strings/str_cat.h"
#include "server/ledger/ledger.h"
#include "tests/ledger/recorded_run.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

constexpr char kDemo[] = "experiments/demo";

std::unique_ptr<Ledger> OpenWithRun(const std::string& path) {
  std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path).value();
  for (const EventBatch& batch : RecordedRun(kDemo)) {
    EXPECT_TRUE(ledger->Append(kDemo, batch).ok());
  }
  return ledger;
}

absl::Status OpenStatus(const std::string& path) { return OpenSqliteLedger(path).status(); }

TEST(SqliteLedgerTest, KeepsEverythingAcrossReopening) {
  const std::string path = FreshPath();
  std::unique_ptr<Ledger> ledger = OpenWithRun(path);
  const std::string before = Dump(*ledger);
  ledger.reset();
  ledger = OpenSqliteLedger(path).value();
  EXPECT_EQ(Dump(*ledger), before);
  EventMaker make("experiments/next");
  EXPECT_TRUE(ledger->Append("experiments/next", {make.State(v1::Experiment::STATE_ACTIVE)}).ok());
}

TEST(SqliteLedgerTest, EmptyFileBecomesALedger) {
  const std::string path = FreshPath();
  std::ofstream(path).close();
  OpenWithRun(path);
  EXPECT_TRUE(OpenSqliteLedger(path).value()->GetExperiment(kDemo).ok());
}

TEST(SqliteLedgerTest, SecondOpenIsRefusedNamingTheProcessUntilTheFirstCloses) {
  const std::string path = FreshPath();
  std::unique_ptr<Ledger> ledger = OpenWithRun(path);
  const absl::Status status = OpenStatus(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("process ", getpid())));
  ledger.reset();
  EXPECT_TRUE(OpenStatus(path).ok());
}

TEST(SqliteLedgerTest, SecondOpenThroughALinkIsRefused) {
  const std::string path = FreshPath();
  const std::string link = FreshPath();
  std::filesystem::create_symlink(path, link);
  const std::unique_ptr<Ledger> ledger = OpenWithRun(path);
  EXPECT_EQ(OpenStatus(link).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(SqliteLedgerTest, OtherProgramsReadWhileTheServerHasItOpen) {
  const std::string path = FreshPath();
  const std::unique_ptr<Ledger> ledger = OpenWithRun(path);
  SQLite::Database db(path, SQLite::OPEN_READONLY);
  EXPECT_EQ(db.execAndGet("SELECT state FROM experiments").getString(), "SUCCEEDED");
  EXPECT_EQ(db.execAndGet("SELECT sum(score) FROM trials").getDouble(), 1.5 * 36);
}

TEST(SqliteLedgerTest, AnotherProgramsReadTransactionDoesNotStopAppends) {
  const std::string path = FreshPath();
  const std::unique_ptr<Ledger> ledger = OpenWithRun(path);
  SQLite::Database db(path, SQLite::OPEN_READONLY);
  SQLite::Transaction transaction(db);
  ASSERT_EQ(db.execAndGet("SELECT count(*) FROM experiments").getInt(), 1);
  EventMaker make("experiments/next");
  EXPECT_TRUE(ledger->Append("experiments/next", {make.State(v1::Experiment::STATE_ACTIVE)}).ok());
  EXPECT_EQ(db.execAndGet("SELECT count(*) FROM experiments").getInt(), 1);
}

TEST(SqliteLedgerTest, ColumnsSayWhatTheRecordsSay) {
  const std::string path = FreshPath();
  const std::unique_ptr<Ledger> ledger = OpenWithRun(path);
  SQLite::Database db(path, SQLite::OPEN_READONLY);
  const auto text = [&](const std::string& sql) { return db.execAndGet(sql).getString(); };
  EXPECT_EQ(text("SELECT time FROM events WHERE sequence = 1"), "2026-03-01T12:30:01.500000Z");
  EXPECT_EQ(text("SELECT group_concat(DISTINCT kind) FROM events"),
            "experiment,generation,trial,late_report,comment");
  EXPECT_EQ(text("SELECT kind || state || stimulus || display FROM trials WHERE number = 2"),
            "REFERENCESUCCEEDEDref-cat_1.pngclients/screen");
  EXPECT_EQ(text("SELECT spike_counts || baseline_counts FROM trials WHERE number = 2"),
            "[2,4][1,0]");
  EXPECT_EQ(text("SELECT onset_nanos FROM trials WHERE number = 3"), "3000000000");
  EXPECT_EQ(text("SELECT latent FROM stimuli WHERE stimulus = '1'"),
            "[0.25,-1.5,0.10000000000000001]");
  EXPECT_EQ(text("SELECT image_crc32 FROM stimuli WHERE stimulus = '1'"), "4294967280");
  EXPECT_EQ(text("SELECT group_concat(source) FROM "
                 "(SELECT source FROM stimuli ORDER BY stimulus LIMIT 4)"),
            "latent,latent,blank,reference");
  EXPECT_EQ(text("SELECT spike_count FROM unit_responses WHERE number = 5 AND unit LIKE 'odd%'"),
            "10");
  EXPECT_EQ(text("SELECT trials || ' ' || mean_score FROM stimulus_scores "
                 "WHERE stimulus = 'blank'"),
            "2 7.5");
  EXPECT_EQ(text("SELECT last_sequence - (SELECT max(sequence) FROM events) FROM experiments"),
            "0");
}

TEST(SqliteLedgerTest, FileOfAnotherProgramIsRefusedAndLeftAlone) {
  const std::string path = FreshPath();
  {
    SQLite::Database db(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db.exec("CREATE TABLE birds (name TEXT)");
  }
  const auto size = std::filesystem::file_size(path);
  const absl::Status status = OpenStatus(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("another program"));
  EXPECT_EQ(std::filesystem::file_size(path), size);
  SQLite::Database db(path, SQLite::OPEN_READONLY);
  EXPECT_EQ(db.execAndGet("PRAGMA journal_mode").getString(), "delete");
}

TEST(SqliteLedgerTest, LedgerOfAnotherVersionIsRefusedNamingBothVersions) {
  const std::string path = FreshPath();
  OpenWithRun(path).reset();
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 7");
  const absl::Status status = OpenStatus(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("format version 7, this program reads version 1"));
}

TEST(SqliteLedgerTest, PathThatCannotBeCreatedIsUnavailable) {
  const std::string file = FreshPath();
  std::ofstream(file) << "a file, not a folder";
  EXPECT_EQ(OpenStatus(file + "/ledger.db").code(), absl::StatusCode::kUnavailable);
  const absl::Status missing = OpenStatus(FreshPath() + "/missing/ledger.db");
  EXPECT_EQ(missing.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(missing.message()), HasSubstr("folder"));
  const std::string folder = FreshPath();
  std::filesystem::create_directory(folder);
  EXPECT_EQ(OpenStatus(folder).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(OpenStatus("").code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace evoke
