// A ledger whose bytes changed behind its back says so, and names the record.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "SQLiteCpp/SQLiteCpp.h"
#include "server/ledger/ledger.h"
#include "tests/ledger/recorded_run.h"

namespace evoke {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kDemo[] = "experiments/demo";
constexpr char kComment[] = "the animal is asleep";

class SqliteDamageTest : public testing::Test {
 protected:
  SqliteDamageTest() : path_(FreshPath()) {
    const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path_).value();
    for (const std::string name : {kDemo, "experiments/sound"}) {
      for (const EventBatch& batch : RecordedRun(name)) {
        EXPECT_TRUE(ledger->Append(name, batch).ok());
      }
    }
  }

  void Execute(const std::string& sql) {
    SQLite::Database(path_, SQLite::OPEN_READWRITE).exec(sql);
  }
  std::string ReadFile() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void WriteFile(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }
  // OpenSqliteLedger refuses, as DATA_LOSS that names the file.
  void ExpectRefusedAsDamaged() const {
    const absl::Status status = OpenSqliteLedger(path_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(path_), HasSubstr("backup")));
  }
  static void ExpectDamaged(const absl::Status& status, const std::string& record) {
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(record), HasSubstr("backup")));
  }

  const std::string path_;
};

TEST_F(SqliteDamageTest, FlippedBitInAnEventIsDataLossNamingTheEvent) {
  std::string bytes = ReadFile();
  const size_t at = bytes.find(kComment);
  ASSERT_NE(at, std::string::npos);
  bytes[at + 4] ^= 0x01;
  WriteFile(bytes);

  const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path_).value();
  int64_t sequence = 0;
  EventBatch sound;
  for (const EventBatch& batch : RecordedRun(kDemo)) {
    for (const auto& event : batch) {
      if (event.comment().text() == kComment) sequence = event.sequence();
    }
  }
  const std::string record = "event " + std::to_string(sequence) + " of experiments/demo";
  ExpectDamaged(ledger->ReadEvents(kDemo, 0, 1000).status(), record);
  ExpectDamaged(ledger->ReadEvents(kDemo, sequence - 1, 1).status(), record);
  // What lies beside it stays readable.
  EXPECT_TRUE(ledger->ReadEvents(kDemo, 0, static_cast<int>(sequence) - 1).ok());
  EXPECT_TRUE(ledger->ReadEvents(kDemo, sequence, 1000).ok());
  EXPECT_TRUE(ledger->ReadEvents("experiments/sound", 0, 1000).ok());
}

TEST_F(SqliteDamageTest, MissingEventIsDataLossNamingTheEvent) {
  Execute("DELETE FROM events WHERE experiment = 'demo' AND sequence = 5");
  const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path_).value();
  ExpectDamaged(ledger->ReadEvents(kDemo, 0, 1000).status(), "event 5 of experiments/demo");
  ExpectDamaged(ledger->ReadEvents(kDemo, 4, 1).status(), "event 5 of experiments/demo");
  EXPECT_TRUE(ledger->ReadEvents(kDemo, 5, 1000).ok());
}

TEST_F(SqliteDamageTest, MissingLastEventIsDataLoss) {
  Execute(
      "DELETE FROM events WHERE experiment = 'demo' AND sequence = "
      "(SELECT last_sequence FROM experiments WHERE experiment = 'demo')");
  const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path_).value();
  EXPECT_EQ(ledger->ReadEvents(kDemo, 0, 1000).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SqliteDamageTest, EventUnderTheNumberOfAnotherIsDataLoss) {
  Execute(
      "UPDATE events SET (payload, crc32) = (SELECT payload, crc32 FROM events "
      "WHERE experiment = 'demo' AND sequence = 6) WHERE experiment = 'demo' AND sequence = 5");
  const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path_).value();
  ExpectDamaged(ledger->ReadEvents(kDemo, 0, 1000).status(), "event 5 of experiments/demo");
}

TEST_F(SqliteDamageTest, RecordWithAMatchingChecksumThatCannotBeParsedIsDataLoss) {
  Execute(
      "UPDATE events SET payload = x'ff', crc32 = 4278190080 "
      "WHERE experiment = 'demo' AND sequence = 2");
  const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path_).value();
  ExpectDamaged(ledger->ReadEvents(kDemo, 0, 1000).status(), "event 2 of experiments/demo");
}

TEST_F(SqliteDamageTest, DamagedIndexRowsAreDataLossNamingTheResource) {
  Execute("UPDATE trials SET crc32 = crc32 + 1 WHERE experiment = 'demo' AND number = 3");
  Execute("UPDATE stimuli SET payload = x'00' WHERE experiment = 'demo' AND stimulus = 'blank'");
  Execute("UPDATE experiments SET payload = x'' WHERE experiment = 'demo'");
  const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path_).value();
  ExpectDamaged(ledger->ListTrials(kDemo, 0, 100).status(), "experiments/demo/trials/3");
  EXPECT_TRUE(ledger->ListTrials(kDemo, 3, 100).ok());
  ExpectDamaged(ledger->GetStimulus("experiments/demo/stimuli/blank").status(),
                "experiments/demo/stimuli/blank");
  ExpectDamaged(ledger->GetExperiment(kDemo).status(), kDemo);
  ExpectDamaged(ledger->ListExperiments("", 10).status(), kDemo);
}

TEST_F(SqliteDamageTest, AppendOntoADamagedExperimentIsDataLossAndOthersGoOn) {
  Execute("UPDATE experiments SET payload = x'00' WHERE experiment = 'demo'");
  const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path_).value();
  for (const std::string name : {kDemo, "experiments/sound"}) {
    EventMaker make(name);
    int64_t last = 0;
    for (const EventBatch& batch : RecordedRun(name)) last = batch.back().sequence();
    v1::ExperimentEvent event = make.Comment("more");
    event.set_sequence(last + 1);
    const absl::Status status = ledger->Append(name, {event});
    if (name == kDemo) {
      ExpectDamaged(status, kDemo);
    } else {
      EXPECT_TRUE(status.ok()) << status;
    }
  }
}

TEST_F(SqliteDamageTest, GarbageFileIsRefused) {
  WriteFile(std::string(20000, 'g'));
  ExpectRefusedAsDamaged();
}

TEST_F(SqliteDamageTest, ShortTextFileIsRefused) {
  WriteFile("notes");
  ExpectRefusedAsDamaged();
}

TEST_F(SqliteDamageTest, TruncatedFileIsRefused) {
  WriteFile(ReadFile().substr(0, 3 * 4096 + 100));
  ExpectRefusedAsDamaged();
}

TEST_F(SqliteDamageTest, OverwrittenPageIsRefused) {
  const std::string sound = ReadFile();
  for (size_t page = 1; page < sound.size() / 4096; ++page) {
    std::string bytes = sound;
    bytes.replace(page * 4096, 4096, std::string(4096, '\xa5'));
    WriteFile(bytes);
    SCOPED_TRACE(page);
    ExpectRefusedAsDamaged();
  }
}

TEST_F(SqliteDamageTest, EmptiedFileBesideItsLogIsRefusedAndTheLogKept) {
  WriteFile("");
  std::ofstream(path_ + "-wal") << "the log";
  ExpectRefusedAsDamaged();
  std::filesystem::remove(path_);
  ExpectRefusedAsDamaged();
  EXPECT_EQ(std::filesystem::file_size(path_ + "-wal"), 7u);
}

}  // namespace
}  // namespace evoke
