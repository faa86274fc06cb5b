// One run with each kind of fault; deploy/faults runs hundreds.
#include "tests/fault/faults.h"

#include <unistd.h>

#include <cctype>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fault/campaign.h"
#include "tests/support/xvfb.h"

namespace evoke {

void PrintTo(const FaultKind& kind, std::ostream* out) { *out << kind.name; }

namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class FaultsTest : public testing::TestWithParam<FaultKind> {};

TEST_P(FaultsTest, LosesNothingAndRecommendsTheSame) {
  const auto xvfb = Xvfb::Start(640, 480);
  ASSERT_TRUE(xvfb.ok()) << xvfb.status();
  StageOptions options;
  options.bin_dir = EVOKE_BIN_DIR;
  options.x_display = (*xvfb)->display();
  options.folder = absl::StrCat(testing::TempDir(), "/faults_", GetParam().name, "_", getpid());
  const auto whole = RunWhole(options);
  ASSERT_TRUE(whole.ok()) << whole.status();
  absl::StatusOr<Verdict> verdict = absl::FailedPreconditionError("not tried");
  // Where the experiment ended before the fault, once more with other moments.
  for (uint64_t seed = 1; seed <= 3 && absl::IsFailedPrecondition(verdict.status()); ++seed) {
    verdict = RunWithFault(GetParam(), seed, options, *whole);
  }
  if (absl::IsPermissionDenied(verdict.status()) || absl::IsUnavailable(verdict.status())) {
    GTEST_SKIP() << verdict.status();
  }
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_THAT(verdict->lost, IsEmpty());
  EXPECT_THAT(verdict->doubled, IsEmpty());
  EXPECT_THAT(verdict->diverged, IsEmpty());
  if (verdict->ok()) std::filesystem::remove_all(options.folder);
}

std::string TestName(const testing::TestParamInfo<FaultKind>& info) {
  std::string name;
  bool upper = true;
  for (const char c : std::string(info.param.name)) {
    if (c != '-') name += upper ? static_cast<char>(std::toupper(c)) : c;
    upper = c == '-';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, FaultsTest, testing::ValuesIn(FaultKinds()), TestName);

TEST(CampaignTest, EveryKindHasItsTurnInEveryRound) {
  std::vector<const FaultKind*> kinds;
  for (const FaultKind& kind : FaultKinds()) kinds.push_back(&kind);
  const TurnOrder order(kinds, 7), same(kinds, 7), other(kinds, 8);
  const int count = static_cast<int>(kinds.size());
  std::set<std::string> round;
  std::vector<std::string> first, again, different;
  for (int turn = count; turn < 2 * count; ++turn) {
    round.insert(order.KindOf(turn).name);
    first.push_back(order.KindOf(turn).name);
    again.push_back(same.KindOf(turn).name);
    different.push_back(other.KindOf(turn).name);
  }
  EXPECT_EQ(round.size(), kinds.size());
  EXPECT_EQ(first, again);
  EXPECT_NE(first, different);
}

TEST(CampaignTest, AnUnknownKindIsRefused) {
  CampaignOptions options;
  options.kinds = {"kill-everything"};
  const auto tallies = RunCampaign(options);
  EXPECT_TRUE(absl::IsInvalidArgument(tallies.status())) << tallies.status();
}

TEST(CampaignTest, FiguresCountOnlyWhatRan) {
  Tally killed, skipped;
  killed.runs = 3;
  killed.lost = 2;
  skipped.skipped = "no mount";
  EXPECT_EQ(FormatFigures({{"kill-server", killed}, {"full-disk", skipped}}),
            "figure faults.run 3\nfigure faults.run.kill-server 3\nfigure faults.lost 2\n"
            "figure faults.doubled 0\nfigure faults.diverged 0\n");
  EXPECT_THAT(FormatTable({{"full-disk", skipped}}), HasSubstr("skipped: no mount"));
}

}  // namespace
}  // namespace evoke
