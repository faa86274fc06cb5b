#include "tests/bench/optimizers/report.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/bench/optimizers/search.h"

namespace evoke {
namespace {

using testing::HasSubstr;
using testing::Not;

// Runs that were never made, on units of a real family.
class ReportTest : public testing::Test {
 protected:
  ReportTest()
      : path_(absl::StrCat(testing::TempDir(), "/report_", getpid(), "_",
                           testing::UnitTest::GetInstance()->current_test_info()->name())) {}
  ~ReportTest() override {
    std::filesystem::remove(path_ + ".csv");
    std::filesystem::remove(path_ + ".anchors");
  }

  void SetUp() override {
    for (const FamilySpec& spec : AllFamilies()) {
      if (std::string(spec.name) != "vqvae_snn") continue;
      auto family = Family::Load(spec, "deploy/models", 2);
      ASSERT_TRUE(family.ok()) << family.status();
      family_ = *std::move(family);
    }
    selection_.families = {family_.get()};
    selection_.methods = {{"random", RandomSearchOptions{}},
                          {"tt_cross", TtCrossOptions{}},
                          {"auto", ModelSearchOptions{}, true}};
    selection_.noises = {Noise::kClean};
    selection_.columns = {100, 1000};
    selection_.seeds = 2;
    auto table = RunTable::Open(path_ + ".csv");
    ASSERT_TRUE(table.ok());
    table_ = std::make_unique<RunTable>(*std::move(table));
    // 0 is 10 spikes and 1 is 20, of every unit.
    std::ofstream anchors(path_ + ".anchors");
    anchors << "family,unit,models,random50,best\n";
    for (const BenchmarkUnit& unit : family_->units()) {
      anchors << "vqvae_snn,"
              << (unit.name.find(',') == std::string::npos ? unit.name : "\"" + unit.name + "\"")
              << "," << family_->models() << ",10,20\n";
    }
  }

  // Of every seed: `spikes` at each budget up to 1000.
  void AddRuns(const std::string& method, const std::function<double(int)>& spikes) {
    for (const BenchmarkUnit* unit : selection_.UnitsOf(*family_)) {
      for (int seed = 1; seed <= selection_.seeds; ++seed) {
        BenchmarkRun run;
        run.key = {"vqvae_snn", method, unit->name, Noise::kClean, seed};
        run.report = true;
        for (const int budget : BudgetsFor(selection_.columns)) {
          run.points.push_back({budget, budget, spikes(budget), spikes(budget), 0.002 * budget});
        }
        ASSERT_TRUE(table_->Append(run).ok());
      }
    }
  }

  std::string Written(void (*write)(const FamilyResults&, const Selection&, std::ostream&)) {
    auto anchors = AnchorTable::Read(path_ + ".anchors");
    EXPECT_TRUE(anchors.ok()) << anchors.status();
    const FamilyResults results(&selection_, family_.get(), Noise::kClean, table_.get(), &*anchors);
    std::ostringstream out;
    write(results, selection_, out);
    return out.str();
  }

  const std::string path_;
  std::unique_ptr<Family> family_;
  Selection selection_;
  std::unique_ptr<RunTable> table_;
};

TEST_F(ReportTest, AutoIsHeldAgainstTheBestPeerAtEveryBudget) {
  AddRuns("random", [](int budget) { return budget <= 100 ? 12.0 : 13.0; });
  AddRuns("tt_cross", [](int budget) { return budget <= 100 ? 11.0 : 16.0; });
  AddRuns("auto", [](int budget) { return budget < 250 ? 15.0 : 19.0; });
  const std::string figures = Written(WriteFigures);
  EXPECT_THAT(figures, HasSubstr("figure opt.vqvae_snn.clean.auto_minus_best_peer.100 0.300\n"));
  EXPECT_THAT(figures, HasSubstr("figure opt.vqvae_snn.clean.auto_minus_best_peer.1000 0.300\n"));
  EXPECT_THAT(figures, HasSubstr("at 100 the best peer is random"));
  EXPECT_THAT(figures, HasSubstr("at 1000 the best peer is tt_cross"));
  EXPECT_THAT(figures, HasSubstr("figure opt.vqvae_snn.clean.presentations_to_peer1000 250\n"));
}

TEST_F(ReportTest, AScoreThatIsNeverReachedHasNoFigure) {
  AddRuns("random", [](int) { return 15.0; });
  AddRuns("auto", [](int) { return 12.0; });
  const std::string figures = Written(WriteFigures);
  EXPECT_THAT(figures, HasSubstr("auto_minus_best_peer.1000 -0.300\n"));
  EXPECT_THAT(figures, Not(HasSubstr("presentations_to_peer1000")));
}

TEST_F(ReportTest, TablesHoldScoresThresholdsWorstTimeAndSpikes) {
  AddRuns("tt_cross", [](int budget) { return budget < 300 ? 12.0 : 16.0; });
  const std::string tables = Written(WriteTables);
  EXPECT_THAT(tables, HasSubstr("| tt_cross | **0.20** (0.20, 0.20) | **0.60** (0.60, 0.60) | 300 "
                                "| 300 | - | - | 0.60 | 2 |"));
  EXPECT_THAT(tables, HasSubstr("| tt_cross | 16 | 16 |"));
  EXPECT_THAT(tables, Not(HasSubstr("random |")));  // its runs are not there
}

}  // namespace
}  // namespace evoke
