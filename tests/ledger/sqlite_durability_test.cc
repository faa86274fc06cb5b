// What a ledger promises when disks fail and processes die.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>

#include "common/random.h"
#include "server/ledger/ledger.h"
#include "tests/ledger/fault_vfs.h"
#include "tests/ledger/recorded_run.h"

namespace evoke {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

constexpr char kDemo[] = "experiments/demo";

// What a ledger holds after the first `count` batches, by the ledger that has no disk.
std::string ExpectedDump(const std::vector<EventBatch>& batches, size_t count) {
  const std::unique_ptr<Ledger> ledger = NewMemoryLedger();
  for (size_t i = 0; i < count; ++i) EXPECT_TRUE(ledger->Append(kDemo, batches[i]).ok());
  return Dump(*ledger);
}

// Large enough for the log to be copied into the main file during the run.
std::vector<EventBatch> LargeRun() {
  EventMaker make(kDemo);
  std::vector<EventBatch> batches = {{make.State(v1::Experiment::STATE_ACTIVE), make.Planned(1)}};
  for (int i = 0; i < 14; ++i) {
    batches.push_back({make.TrialChanged(i % 4 + 1, v1::Trial::STATE_SUCCEEDED),
                       make.Comment(std::string(400'000, static_cast<char>('a' + i)))});
  }
  return batches;
}

TEST(SqliteDurabilityTest, AppendReturnsWithEveryWriteSynced) {
  FaultVfs disk;
  const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(FreshPath()).value();
  for (const EventBatch& batch : RecordedRun(kDemo)) {
    const int64_t before = disk.operations();
    ASSERT_TRUE(ledger->Append(kDemo, batch).ok());
    EXPECT_GT(disk.operations(), before);
    EXPECT_EQ(disk.unsynced_files(), 0);
  }
}

TEST(SqliteDurabilityTest, ReadsGoOnDuringACommitAndDoNotSeeIt) {
  std::atomic<bool> in_sync = false;
  std::atomic<bool> release = false;
  FaultVfs disk;
  const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(FreshPath()).value();
  const std::vector<EventBatch> batches = RecordedRun(kDemo);
  ASSERT_TRUE(ledger->Append(kDemo, batches[0]).ok());
  const std::string before = Dump(*ledger);

  disk.OnSync([&] {
    in_sync = true;
    while (!release) std::this_thread::yield();
  });
  std::thread writer([&] { EXPECT_TRUE(ledger->Append(kDemo, batches[1]).ok()); });
  while (!in_sync) std::this_thread::yield();
  EXPECT_EQ(Dump(*ledger), before);
  release = true;
  writer.join();
  EXPECT_EQ(Dump(*ledger), ExpectedDump(batches, 2));
}

TEST(SqliteDurabilityTest, FullDiskIsUnavailableAndAppendsGoOnOnceThereIsSpace) {
  FaultVfs disk;
  const std::string path = FreshPath();
  std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path).value();
  const std::vector<EventBatch> batches = LargeRun();
  disk.SetSpace(3'000'000);
  size_t done = 0;
  int failures = 0;
  while (done < batches.size()) {
    const absl::Status status = ledger->Append(kDemo, batches[done]);
    if (status.ok()) {
      ++done;
      continue;
    }
    ++failures;
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(path), HasSubstr(kDemo), HasSubstr("disk is full")));
    EXPECT_EQ(Dump(*ledger), ExpectedDump(batches, done));
    disk.SetSpace(3'000'000);
  }
  EXPECT_GE(failures, 2);
  ledger.reset();
  EXPECT_EQ(Dump(*OpenSqliteLedger(path).value()), ExpectedDump(batches, done));
}

TEST(SqliteDurabilityTest, FailingDiskIsUnavailableAndAppendsGoOnOnceItWorks) {
  FaultVfs disk;
  const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(FreshPath()).value();
  const std::vector<EventBatch> batches = RecordedRun(kDemo);
  for (size_t i = 0; i < batches.size(); ++i) {
    // Every batch fails at another point of its commit, the sync included.
    for (int writes = 0;; ++writes) {
      disk.FailAfter(writes, writes % 2 == 0 ? SQLITE_IOERR_WRITE : SQLITE_READONLY);
      const absl::Status status = ledger->Append(kDemo, batches[i]);
      disk.Heal();
      if (status.ok()) break;
      ASSERT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
      ASSERT_LT(writes, 1000);
    }
    ASSERT_EQ(ledger->ReadEvents(kDemo, 0, 1000)->size(),
              static_cast<size_t>(batches[i].back().sequence()));
  }
  EXPECT_EQ(Dump(*ledger), ExpectedDump(batches, batches.size()));
}

TEST(SqliteDurabilityTest, ReadOnlyFileIsUnavailableOnOpening) {
  const std::string path = FreshPath();
  FaultVfs disk;
  OpenSqliteLedger(path).value().reset();
  disk.SetReadOnly();
  const absl::Status status = OpenSqliteLedger(path).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(path), HasSubstr("read-only")));
  disk.Heal();
  EXPECT_TRUE(OpenSqliteLedger(path).ok());
}

TEST(SqliteDurabilityTest, CreationThatFailsAnywhereCanBeRepeated) {
  FaultVfs disk;
  for (int writes = 0;; ++writes) {
    const std::string path = FreshPath();
    disk.FailAfter(writes, SQLITE_FULL);
    const absl::Status status = OpenSqliteLedger(path).status();
    disk.Heal();
    const auto ledger = OpenSqliteLedger(path);
    ASSERT_TRUE(ledger.ok()) << "after " << writes << " writes: " << ledger.status();
    EXPECT_EQ(Dump(**ledger), "");
    if (status.ok()) break;
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  }
}

// The disk dies at any write, and the process with it: what was acknowledged is there, and of the
// append that was under way everything or nothing.
TEST(SqliteDurabilityTest, DiskThatDiesAtAnyWriteLosesNothingAcknowledged) {
  FaultVfs disk;
  const std::vector<EventBatch> batches = LargeRun();
  int64_t operations = 0;
  {
    const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(FreshPath()).value();
    const int64_t before = disk.operations();
    for (const EventBatch& batch : batches) ASSERT_TRUE(ledger->Append(kDemo, batch).ok());
    operations = disk.operations() - before;
  }
  std::vector<std::string> expected;  // after that many batches
  for (size_t i = 0; i <= batches.size(); ++i) expected.push_back(ExpectedDump(batches, i));
  Rng rng(1);
  for (int round = 0; round < 20; ++round) {
    const std::string path = FreshPath();
    const int writes = rng.Index(static_cast<int>(operations));
    SCOPED_TRACE(writes);
    size_t acknowledged = 0;
    {
      const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path).value();
      disk.FailAfter(writes, SQLITE_IOERR_WRITE);
      while (acknowledged < batches.size() && ledger->Append(kDemo, batches[acknowledged]).ok()) {
        ++acknowledged;
      }
    }
    disk.Heal();
    const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path).value();
    const std::string dump = Dump(*ledger);
    const bool exact = dump == ExpectedDump(batches, acknowledged);
    const bool one_more =
        acknowledged < batches.size() && dump == ExpectedDump(batches, acknowledged + 1);
    EXPECT_TRUE(exact || one_more) << acknowledged << " acknowledged";
  }
}

// A power cut tears the log at any byte: exactly the appends that lie before it whole are there.
TEST(SqliteDurabilityTest, TornLogKeepsEveryWholeAppendAndNothingElse) {
  const std::string path = FreshPath();
  const std::vector<EventBatch> batches = RecordedRun(kDemo);
  std::vector<int64_t> log_sizes;  // after each append
  const std::string torn = FreshPath();
  {
    const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path).value();
    for (const EventBatch& batch : batches) {
      ASSERT_TRUE(ledger->Append(kDemo, batch).ok());
      log_sizes.push_back(static_cast<int64_t>(fs::file_size(path + "-wal")));
    }
    fs::copy(path, torn);
    fs::copy(path + "-wal", torn + "-wal");
  }
  const std::string work = FreshPath();
  Rng rng(2);
  std::vector<int64_t> cuts = {0, 1, 31, 32, 33};
  for (const int64_t size : log_sizes) cuts.insert(cuts.end(), {size - 1, size});
  for (int i = 0; i < 40; ++i) cuts.push_back(rng.Index(static_cast<int>(log_sizes.back())));
  for (const int64_t cut : cuts) {
    SCOPED_TRACE(cut);
    fs::copy(torn, work, fs::copy_options::overwrite_existing);
    fs::copy(torn + "-wal", work + "-wal", fs::copy_options::overwrite_existing);
    fs::resize_file(work + "-wal", static_cast<uintmax_t>(cut));
    const auto ledger = OpenSqliteLedger(work);
    ASSERT_TRUE(ledger.ok()) << ledger.status();
    size_t whole = 0;
    while (whole < batches.size() && log_sizes[whole] <= cut) ++whole;
    ASSERT_EQ(Dump(**ledger), ExpectedDump(batches, whole)) << whole << " whole appends";
  }
}

TEST(SqliteDurabilityTest, KilledProcessLosesNothingAcknowledged) {
  const std::string path = FreshPath();
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto ledger = OpenSqliteLedger(path);
    EventMaker make(kDemo);
    bool ok =
        ledger.ok() && (*ledger)->Append(kDemo, {make.State(v1::Experiment::STATE_ACTIVE)}).ok();
    for (int64_t n = 2; ok; ++n) {
      ok = (*ledger)->Append(kDemo, {make.Comment(std::string(3000, 'x'))}).ok() &&
           write(pipe_ends[1], &n, sizeof(n)) == sizeof(n);
    }
    _exit(1);
  }
  close(pipe_ends[1]);
  int64_t acknowledged = 0;
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(read(pipe_ends[0], &acknowledged, sizeof(acknowledged)), 8);
  }
  kill(child, SIGKILL);
  int wait_status = 0;
  ASSERT_EQ(waitpid(child, &wait_status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(wait_status));
  while (read(pipe_ends[0], &acknowledged, sizeof(acknowledged)) == 8) {
  }
  close(pipe_ends[0]);
  const auto ledger = OpenSqliteLedger(path);
  ASSERT_TRUE(ledger.ok()) << ledger.status();
  const auto events = (*ledger)->ReadEvents(kDemo, 0, 1'000'000);
  ASSERT_TRUE(events.ok()) << events.status();
  EXPECT_THAT(static_cast<int64_t>(events->size()), AllOf(Ge(acknowledged), Le(acknowledged + 1)));
}

}  // namespace
}  // namespace evoke
