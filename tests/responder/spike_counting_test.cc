#include "clients/responder/spike_counting.h"

#include "clients/responder/responder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

v1::ObjectiveSpec Objective() {
  return ParseText<v1::ObjectiveSpec>(R"pb(
    units { unit: "a" }
    units { unit: "b" }
    latency_window {
      start { nanos: 50000000 }
      end { nanos: 150000000 }
    }
    baseline_window {
      start { nanos: -100000000 }
      end {}
    }
  )pb");
}

TEST(CountSpikesTest, TheWindowHoldsItsStartAndNotItsEnd) {
  const std::vector<int64_t> spikes = {1049, 1050, 1149, 1150};
  EXPECT_EQ(CountSpikes(spikes, 1000, {50, 150}), 2);
}

TEST(ToTicksTest, AWindowBeginsAtTheFirstSampleAtOrAfterItsEnds) {
  v1::ObjectiveSpec::Window window;
  window.mutable_start()->set_nanos(50'000'001);
  window.mutable_end()->set_nanos(150'000'000);
  // At 30 kHz 50 ms are 1500 samples exactly; a nanosecond more is the next sample.
  EXPECT_EQ(ToTicks(window, 30000).start, 1501);
  EXPECT_EQ(ToTicks(window, 30000).end, 4500);
  EXPECT_EQ(ToTicks(window, 1e9).start, 50'000'001);
}

TEST(ToTicksTest, ABaselineBeforeTheOnsetIsNegative) {
  const TickWindow ticks = ToTicks(Objective().baseline_window(), 30000);
  EXPECT_EQ(ticks.start, -3000);
  EXPECT_EQ(ticks.end, 0);
}

TEST(CountResponseTest, CountsBothWindowsInTheObjectivesOrderAndKeepsSortedTrains) {
  const int64_t ms = 1'000'000;
  const auto response = CountResponse(
      Objective(), {{"b", {60 * ms}}, {"a", {200 * ms, 149 * ms, 50 * ms, -1 * ms, -100 * ms}}});
  ASSERT_TRUE(response.ok());
  EXPECT_THAT(response->units(), testing::ElementsAre("a", "b"));
  EXPECT_THAT(response->spike_counts(), testing::ElementsAre(2, 1));
  EXPECT_THAT(response->baseline_counts(), testing::ElementsAre(2, 0));
  EXPECT_THAT(response->spike_trains(0).nanos_from_onset(),
              testing::ElementsAre(-100 * ms, -1 * ms, 50 * ms, 149 * ms, 200 * ms));
}

TEST(CountResponseTest, AMissingUnitIsAnErrorThatNamesIt) {
  const auto response = CountResponse(Objective(), {{"a", {}}});
  EXPECT_THAT(std::string(response.status().message()), testing::HasSubstr("unit b"));
}

class ListSource : public PresentationSource {
 public:
  absl::StatusOr<std::vector<v1::PresentationNotice>> Next(int most) override {
    std::vector<v1::PresentationNotice> notices;
    std::swap(notices, next);
    return notices;
  }
  std::vector<v1::PresentationNotice> next;
};
class ListSink : public ReportSink {
 public:
  void Report(v1::ReportResponseRequest report) override { reports.push_back(report); }
  std::vector<v1::ReportResponseRequest> reports;
};
// Answers every second presentation only.
class EverySecond : public SpikeSource {
 public:
  std::vector<absl::StatusOr<std::vector<UnitSpikes>>> Spikes(
      absl::Span<const v1::PresentationNotice> presentations) override {
    std::vector<absl::StatusOr<std::vector<UnitSpikes>>> answers;
    for (size_t i = 0; i < presentations.size(); ++i) {
      if (i % 2 == 1) {
        answers.push_back(absl::UnavailableError("electrode unplugged"));
      } else {
        answers.push_back(std::vector<UnitSpikes>{{"a", {60'000'000}}, {"b", {}}});
      }
    }
    return answers;
  }
};

TEST(RespondTest, ReportsWhatWasAnsweredAndNeverGuessesTheRest) {
  ListSource source;
  for (int i = 1; i <= 3; ++i) {
    v1::PresentationNotice& notice = source.next.emplace_back();
    notice.mutable_trial()->set_name("experiments/e/trials/" + std::to_string(i));
    notice.mutable_trial()->set_attempt(2);
    *notice.mutable_objective() = Objective();
  }
  EverySecond spikes;
  ListSink sink;
  ASSERT_TRUE(Respond(source, spikes, sink, "clients/sim").ok());
  ASSERT_EQ(sink.reports.size(), 3);
  EXPECT_THAT(sink.reports[0].response().failure(), testing::IsEmpty());
  // The one that could not be answered is given back, with the reason instead of counts.
  EXPECT_EQ(sink.reports[1].trial(), "experiments/e/trials/2");
  EXPECT_THAT(sink.reports[1].response().failure(), testing::Not(testing::IsEmpty()));
  EXPECT_EQ(sink.reports[1].response().spike_counts_size(), 0);
  EXPECT_EQ(sink.reports[1].response().backend(), "clients/sim");
  EXPECT_EQ(sink.reports[2].trial(), "experiments/e/trials/3");
  EXPECT_EQ(sink.reports[2].attempt(), 2);
  EXPECT_EQ(sink.reports[2].response().backend(), "clients/sim");
  EXPECT_THAT(sink.reports[2].response().spike_counts(), testing::ElementsAre(1, 0));
}

}  // namespace
}  // namespace evoke
