// Torn and damaged files are what they are said to be.
#include "tests/fault/ledger_file.h"

#include <filesystem>
#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/ledger/ledger.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

using testing::HasSubstr;

constexpr char kName[] = "experiments/a";

class LedgerFileTest : public testing::Test {
 protected:
  LedgerFileTest()
      : folder_(testing::TempDir() + "/ledger_file_" +
                testing::UnitTest::GetInstance()->current_test_info()->name()),
        path_(folder_ + "/ledger.db") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~LedgerFileTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Ledger> Open() {
    auto ledger = OpenSqliteLedger(path_);
    EXPECT_TRUE(ledger.ok()) << ledger.status();
    return *std::move(ledger);
  }
  static void Append(Ledger& ledger, int64_t sequence) {
    v1::ExperimentEvent event;
    event.set_sequence(sequence);
    if (sequence == 1) {
      *event.mutable_experiment() = SmallSpec();
      event.mutable_experiment()->set_name(kName);
      event.mutable_experiment()->set_state(v1::Experiment::STATE_ACTIVE);
    } else {
      event.mutable_comment()->set_text("Remark " + std::to_string(sequence));
    }
    const absl::Status status = ledger.Append(kName, {event});
    ASSERT_TRUE(status.ok()) << status;
  }
  // The files as they are while the server runs.
  void Snapshot(const std::string& to) const {
    const absl::Status status = CopyLedger(path_, to);
    ASSERT_TRUE(status.ok()) << status;
  }

  const std::string folder_, path_;
  Rng rng_{1};
};

TEST_F(LedgerFileTest, ATornLogKeepsWhatWasSafe) {
  const std::string torn = folder_ + "/torn.db";
  LogMark safe;
  {
    const std::unique_ptr<Ledger> ledger = Open();
    for (int64_t i = 1; i <= 3; ++i) Append(*ledger, i);
    safe = ReadLogMark(path_);
    for (int64_t i = 4; i <= 6; ++i) Append(*ledger, i);
    Snapshot(torn);
  }
  ASSERT_GT(safe.end, 0);
  safe.main_written = ReadLogMark(torn).main_written;  // the copy's
  const absl::StatusOr<int64_t> cut = TearLog(torn, safe, rng_);
  ASSERT_TRUE(cut.ok()) << cut.status();
  EXPECT_GT(*cut, 0);
  const auto ledger = OpenSqliteLedger(torn);
  ASSERT_TRUE(ledger.ok()) << ledger.status();
  const auto events = (*ledger)->ReadEvents(kName, 0, 10);
  ASSERT_TRUE(events.ok()) << events.status();
  EXPECT_GE(events->size(), 3);
  EXPECT_LT(events->size(), 6);
}

TEST_F(LedgerFileTest, NothingIsTornIfNothingWasWritten) {
  const std::string copy = folder_ + "/copy.db";
  {
    const std::unique_ptr<Ledger> ledger = Open();
    Append(*ledger, 1);
    Snapshot(copy);
  }
  const LogMark safe = ReadLogMark(copy);
  const absl::StatusOr<int64_t> cut = TearLog(copy, safe, rng_);
  ASSERT_TRUE(cut.ok()) << cut.status();
  EXPECT_EQ(*cut, 0);
}

TEST_F(LedgerFileTest, ADamagedEventIsTheOneThatTheLedgerNames) {
  {
    const std::unique_ptr<Ledger> ledger = Open();
    for (int64_t i = 1; i <= 5; ++i) Append(*ledger, i);
  }
  const absl::StatusOr<int64_t> sequence = DamageEvent(path_, rng_);
  ASSERT_TRUE(sequence.ok()) << sequence.status();
  const absl::Status status = Open()->ReadEvents(kName, 0, 10).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("event " + std::to_string(*sequence) + " of experiments/a"));
}

}  // namespace
}  // namespace evoke
