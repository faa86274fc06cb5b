#include "clients/control/trial_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>

#include "absl/strings/str_cat.h"
#include "clients/control/csv.h"
#include "tests/control/event_script.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Table = std::vector<std::vector<std::string>>;

// A reader by the grammar of RFC 4180, written apart from the writer.
Table ParseCsv(const std::string& text) {
  Table table;
  std::vector<std::string> row;
  std::string field;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += '"';
        ++i;
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      EXPECT_TRUE(field.empty()) << "a quote within a bare field";
      quoted = true;
    } else if (c == ',') {
      row.push_back(std::exchange(field, ""));
    } else if (c == '\r') {
      EXPECT_EQ(text[++i], '\n');
      row.push_back(std::exchange(field, ""));
      table.push_back(std::exchange(row, {}));
    } else {
      EXPECT_NE(c, '\n') << "a bare line end";
      field += c;
    }
  }
  EXPECT_FALSE(quoted);
  EXPECT_TRUE(field.empty() && row.empty()) << "no line end at the end";
  return table;
}

std::string Cell(const Table& table, int trial, const std::string& column) {
  for (size_t i = 0; i < table[0].size(); ++i) {
    if (table[0][i] == column) return table[trial].at(i);
  }
  ADD_FAILURE() << "no column " << column;
  return "";
}

v1::Experiment TwoUnits() {
  v1::Experiment spec = SmallSpec();
  spec.set_name("experiments/demo");
  spec.set_subject("m1, \"left\"");
  spec.set_experimenter("anna");
  spec.mutable_objective()->mutable_units(0)->set_unit("conv2/17@4,4");
  spec.mutable_objective()->add_units()->set_unit("b");
  spec.mutable_objective()->mutable_baseline_window()->mutable_end()->set_nanos(50'000'000);
  return spec;
}

TEST(CsvTest, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(CsvRecord({"a b", "", "x,y", "say \"hi\"", "two\nlines", " padded "}),
            "a b,,\"x,y\",\"say \"\"hi\"\"\",\"two\nlines\", padded \r\n");
}

TEST(CsvTest, FieldsSurviveTheRoundTrip) {
  const std::vector<std::string> fields = {"",     "\"",    "\"\"", ",",    "\r\n",
                                           "a\rb", "größe", "'",    "=1+1", "\n"};
  EXPECT_THAT(ParseCsv(CsvRecord(fields)), ElementsAre(fields));
}

TEST(CsvTest, NumbersReadBackAsTheyWere) {
  for (const double value : {0.1, 1.0 / 3, -2.5e-308, 5e-324, 1e22, 123456789.123456789, 3.0,
                             std::numeric_limits<double>::max()}) {
    EXPECT_EQ(std::strtod(CsvNumber(value).c_str(), nullptr), value) << CsvNumber(value);
  }
  EXPECT_EQ(CsvNumber(3), "3");
  EXPECT_EQ(CsvNumber(0.1), "0.1");
}

TEST(TrialTableTest, EveryTrialHasOneRowWithItsStimulus) {
  EventScript script(TwoUnits());
  const double third = 1.0 / 3;
  script.PlanSearch({{"1", {0.25, third}}, {"2", {3, -7}}}, {"blank", "ref-a,b.png"});
  script.Run(1, {5, 2});
  const Table table = ParseCsv(TrialTable(script.Record()));
  ASSERT_EQ(table.size(), 5);
  EXPECT_EQ(Cell(table, 1, "trial"), "1");
  EXPECT_EQ(Cell(table, 1, "generation"), "1");
  EXPECT_EQ(Cell(table, 1, "kind"), "candidate");
  EXPECT_EQ(Cell(table, 1, "source"), "latent");
  EXPECT_EQ(Cell(table, 1, "state"), "succeeded");
  EXPECT_EQ(Cell(table, 1, "score"), "7");
  EXPECT_EQ(std::strtod(Cell(table, 1, "latent_1").c_str(), nullptr), third);
  EXPECT_EQ(Cell(table, 3, "source"), "blank");
  EXPECT_EQ(Cell(table, 3, "latent_0"), "");
  EXPECT_EQ(Cell(table, 4, "source"), "reference");
  EXPECT_EQ(Cell(table, 4, "reference"), "a,b.png");
  EXPECT_EQ(Cell(table, 4, "state"), "pending");
  EXPECT_EQ(Cell(table, 4, "onset_session_nanos"), "");
  EXPECT_EQ(Cell(table, 4, "score"), "");
}

TEST(TrialTableTest, WithSitesEachHasAColumnOfScores) {
  v1::Experiment spec = TwoUnits();
  for (const char* name : {"v1", "v4"}) {
    spec.mutable_objective()->add_sites()->set_name(name);
  }
  EventScript script(spec);
  script.PlanSearch({{"1", {0.25}}, {"2", {3}}});
  script.Run(1, {5, 2});
  v1::Trial trial = script.trial(1);
  trial.set_site(1);
  trial.add_site_scores(5);
  trial.add_site_scores(0.1);
  script.ChangeTrial(trial);
  const Table table = ParseCsv(TrialTable(script.Record()));
  EXPECT_EQ(Cell(table, 1, "site"), "v4");
  EXPECT_EQ(Cell(table, 1, "score:v1"), "5");
  EXPECT_EQ(Cell(table, 1, "score:v4"), "0.1");
  EXPECT_EQ(Cell(table, 2, "score:v4"), "");
}

TEST(TrialTableTest, SpikesStandUnderTheirUnitWhateverTheOrderOfTheAnswer) {
  EventScript script(TwoUnits());
  script.PlanSearch({{"1", {0}}});
  script.Run(1, {5, 2});
  ASSERT_EQ(script.trial(1).response().units(0), "b");
  const Table table = ParseCsv(TrialTable(script.Record()));
  EXPECT_EQ(Cell(table, 1, "spikes:conv2/17@4,4"), "5");
  EXPECT_EQ(Cell(table, 1, "spikes:b"), "2");
  EXPECT_EQ(Cell(table, 1, "baseline:conv2/17@4,4"), "2");
  EXPECT_EQ(Cell(table, 1, "baseline:b"), "1");
}

TEST(TrialTableTest, TheDiscriminatorsScoreIsThatOfTheStimulusAndElseEmpty) {
  EventScript script(TwoUnits());
  script.PlanSearch({{"1", {0}}, {"2", {1}}}, {"blank"});
  std::vector<v1::ExperimentEvent> events = script.events();
  events[1].mutable_generation()->mutable_stimuli(0)->set_discriminator_score(-0.625);
  ExperimentRecord record;
  for (const v1::ExperimentEvent& event : events) ASSERT_TRUE(record.Add(event).ok());
  const Table table = ParseCsv(TrialTable(record));
  EXPECT_EQ(Cell(table, 1, "discriminator_score"), "-0.625");
  EXPECT_EQ(Cell(table, 2, "discriminator_score"), "");
  EXPECT_EQ(Cell(table, 3, "discriminator_score"), "");
}

TEST(TrialTableTest, StampsKeepEveryDigit) {
  EventScript script(TwoUnits());
  script.PlanSearch({{"1", {0}}, {"2", {0}}});
  script.Run(1, {1, 1});
  script.SetSession("another");
  script.Run(2, {1, 1});
  const Table table = ParseCsv(TrialTable(script.Record()));
  EXPECT_EQ(Cell(table, 2, "onset_session_nanos"), "2000000014");
  EXPECT_EQ(Cell(table, 2, "onset_uncertainty_nanos"), "80001");
  EXPECT_EQ(Cell(table, 2, "onset_local_nanos"), "1000");
  EXPECT_EQ(Cell(table, 2, "onset_source"), "swap_estimate");
  EXPECT_EQ(Cell(table, 2, "refresh_hz"), "59.951");
  EXPECT_EQ(Cell(table, 2, "late_frames"), "0");
  EXPECT_EQ(Cell(table, 2, "light_delay_nanos"), "");
  EXPECT_EQ(Cell(table, 2, "frames"), "3");
  EXPECT_EQ(Cell(table, 2, "display"), "screen");
  EXPECT_EQ(Cell(table, 2, "backend"), "sim");
  EXPECT_EQ(Cell(table, 2, "subject"), "m1, \"left\"");
  EXPECT_EQ(Cell(table, 1, "session"), "5e551011");
  EXPECT_EQ(Cell(table, 2, "session"), "another");
}

TEST(TrialTableTest, LatestStateCountsAfterARetry) {
  EventScript script(TwoUnits());
  script.PlanSearch({{"1", {0}}});
  script.Lease(1);
  v1::Trial aborted = script.trial(1);
  *aborted.mutable_presentation() = CompletedPresentation("clients/screen");
  aborted.mutable_presentation()->set_outcome(v1::Presentation::OUTCOME_ABORTED);
  aborted.mutable_presentation()->set_outcome_reason("fixation");
  aborted.set_state(v1::Trial::STATE_PENDING);
  aborted.set_state_reason("attempt 1 of 3: aborted: fixation");
  script.ChangeTrial(aborted);
  Table table = ParseCsv(TrialTable(script.Record()));
  EXPECT_EQ(Cell(table, 1, "state"), "pending");
  EXPECT_EQ(Cell(table, 1, "outcome"), "aborted");
  EXPECT_EQ(Cell(table, 1, "outcome_reason"), "fixation");

  script.SetSession("after a restart");
  script.Run(1, {4, 4});
  table = ParseCsv(TrialTable(script.Record()));
  EXPECT_EQ(Cell(table, 1, "state"), "succeeded");
  EXPECT_EQ(Cell(table, 1, "attempt"), "2");
  EXPECT_EQ(Cell(table, 1, "outcome"), "completed");
  EXPECT_EQ(Cell(table, 1, "session"), "after a restart");
}

TEST(TrialTableTest, BackendWithRatesGetsColumnsOfRates) {
  EventScript script(TwoUnits());
  script.PlanSearch({{"1", {0}}});
  script.Run(1, {1, 1});
  v1::Trial trial = script.trial(1);
  trial.mutable_response()->clear_spike_counts();
  trial.mutable_response()->clear_baseline_counts();
  trial.mutable_response()->add_rates(0.1);
  trial.mutable_response()->add_rates(12.75);
  script.ChangeTrial(trial);
  const std::string csv = TrialTable(script.Record());
  const Table table = ParseCsv(csv);
  EXPECT_EQ(Cell(table, 1, "rate:b"), "0.1");
  EXPECT_EQ(Cell(table, 1, "rate:conv2/17@4,4"), "12.75");
  EXPECT_THAT(csv, testing::Not(HasSubstr("spikes:")));
}

TEST(TrialTableTest, LogHoldsStatesAndCommentsWithTheirTimes) {
  EventScript script(TwoUnits());
  script.Advance(absl::Milliseconds(1500));
  script.Comment("anna", "electrode moved,\n20 um");
  script.State(v1::Experiment::STATE_PAUSED, "lunch");
  const Table table = ParseCsv(LogTable(script.Record()));
  EXPECT_THAT(
      table, ElementsAre(ElementsAre("sequence", "time", "kind", "author", "text"),
                         ElementsAre("1", "2026-03-01T14:00:00Z", "state", "", "active"),
                         ElementsAre("2", "2026-03-01T14:00:01.5Z", "comment", "anna",
                                     "electrode moved,\n20 um"),
                         ElementsAre("3", "2026-03-01T14:00:01.5Z", "state", "", "paused: lunch")));
}

TEST(TrialTableTest, FilesAreReplacedWholeOrNotAtAll) {
  const std::string folder = absl::StrCat(testing::TempDir(), "/trial_table_", getpid());
  std::filesystem::create_directories(folder);
  const ExportedFiles files = ExportedFilesOf(folder + "/run.csv");
  EXPECT_EQ(files.log, folder + "/run.log.csv");
  EXPECT_EQ(files.specification, folder + "/run.spec.textproto");
  EventScript script(TwoUnits());
  ASSERT_TRUE(WriteTables(script.Record(), files).ok());
  script.PlanSearch({{"1", {0}}});
  ASSERT_TRUE(WriteTables(script.Record(), files).ok());
  std::ifstream file(files.trials, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, TrialTable(script.Record()));
  // No parts are left behind.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 3);
  const absl::Status status = WriteTables(script.Record(), ExportedFilesOf(folder + "/no/run.csv"));
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("/no/run.csv"));
  std::filesystem::remove_all(folder);
}

TEST(ExperimentRecordTest, GapInTheEventsIsDataLoss) {
  EventScript script(TwoUnits());
  script.PlanSearch({{"1", {0}}});
  ExperimentRecord record;
  EXPECT_TRUE(absl::IsDataLoss(record.Add(script.events()[1])));
  ASSERT_TRUE(record.Add(script.events()[0]).ok());
  v1::ExperimentEvent stray;
  stray.set_sequence(2);
  stray.mutable_trial()->set_name("experiments/demo/trials/1");
  EXPECT_TRUE(absl::IsDataLoss(record.Add(stray)));
}

}  // namespace
}  // namespace evoke
