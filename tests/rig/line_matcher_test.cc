#include "clients/rig/line_matcher.h"

#include <map>
#include <set>

#include "common/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

constexpr double kRate = 30000;

// A display, a line and a recording in one: shows stimuli at given times; their pulses arrive after
// a delay, the presentations a little later.
class Rig {
 public:
  explicit Rig(double delay = 1.2, double ppm = 30) : delay_(delay), ppm_(ppm) {}

  // Seconds. A pulse is there unless it is to be lost; `strays` are further pulses, relative to it.
  void Show(double onset, bool with_pulse = true, std::vector<double> strays = {},
            double jitter = 0) {
    ++shown_;
    onset_[shown_] = onset;
    const double light = onset + delay_ + jitter;
    if (with_pulse) AddPulse(light);
    for (double stray : strays) AddPulse(light + stray);
    Flow(onset + delay_ + 0.05);
    if (tell_) {
      matcher_.AddPresentation({shown_, Nanos(onset + 100), static_cast<uint32_t>(shown_)},
                               Nanos(now_));
    }
    Flow(onset + delay_ + 0.06);
  }
  void AddPulse(double light, uint32_t code = 0) {
    Flow(light);
    pulse_[shown_] = SampleAt(light);
    matcher_.AddPulse(SampleAt(light), code, Nanos(now_));
  }
  // The recording goes on until this moment.
  void Flow(double until) {
    now_ = std::max(now_, until);
    for (const LineMatch& match : matcher_.Advance(SampleAt(now_), Nanos(now_))) {
      decided_[match.id] = match;
    }
  }
  int64_t SampleAt(double light) const {
    return std::llround((light + 3) * kRate * (1 + ppm_ * 1e-6));
  }
  static int64_t Nanos(double seconds) { return std::llround(seconds * 1e9); }

  // Whether this presentation got its very pulse.
  bool Right(int64_t id) const {
    const auto it = decided_.find(id);
    return it != decided_.end() && it->second.matched && pulse_.contains(id) &&
           it->second.sample == pulse_.at(id);
  }

  double delay_;
  double ppm_;
  bool tell_ = true;
  double now_ = 0;
  int64_t shown_ = 0;
  std::map<int64_t, double> onset_;
  std::map<int64_t, int64_t> pulse_;
  std::map<int64_t, LineMatch> decided_;
  LineMatcher matcher_{kRate};
};

TEST(LineMatcherTest, FindsEveryPulseOfARegularSeriesWhateverTheDelay) {
  for (double delay : {0.0, 0.013, 0.1, 0.75, 3.0}) {
    Rig rig(delay);
    for (int i = 0; i < 40; ++i) rig.Show(0.1 * i);
    rig.Flow(0.1 * 40 + delay + 2);
    for (int64_t id = 1; id <= 40; ++id) EXPECT_TRUE(rig.Right(id)) << delay << " " << id;
    EXPECT_EQ(rig.matcher_.extra(), 0);
  }
}

TEST(LineMatcherTest, PulsesFromBeforeTheFirstPresentationDoNotMislead) {
  // The adapter was started in the middle of a regular series: nothing tells which pulse is whose
  // until the display has rested, and rested again: once could be a pulse too many.
  Rig rig(0.5);
  rig.tell_ = false;
  for (int i = 0; i < 10; ++i) rig.Show(0.1 * i);
  rig.tell_ = true;
  for (int i = 10; i < 20; ++i) rig.Show(0.1 * i);
  EXPECT_TRUE(rig.decided_.empty());
  for (int i = 24; i < 34; ++i) rig.Show(0.1 * i);
  rig.Flow(3.4 + 0.5 + 3);
  for (int64_t id = 11; id <= 30; ++id) EXPECT_TRUE(rig.Right(id)) << id;
}

TEST(LineMatcherTest, ASinglePresentationIsMatchedOnceTheDisplayRests) {
  Rig rig;
  rig.Show(1);
  EXPECT_TRUE(rig.decided_.empty());
  rig.Flow(5);
  EXPECT_TRUE(rig.Right(1));
}

TEST(LineMatcherTest, AMissingPulseCostsThatOneTrial) {
  Rig rig;
  for (int i = 0; i < 20; ++i) rig.Show(0.1 * i, i != 11);
  rig.Flow(10);
  for (int64_t id = 1; id <= 20; ++id) EXPECT_EQ(rig.Right(id), id != 12) << id;
  EXPECT_THAT(rig.decided_[12].reason, HasSubstr("no pulse"));
  EXPECT_EQ(rig.matcher_.missing(), 1);
}

TEST(LineMatcherTest, AnExtraPulseBetweenTrialsCostsNothing) {
  Rig rig;
  for (int i = 0; i < 20; ++i) {
    rig.Show(0.1 * i, true, i == 9 ? std::vector<double>{0.05} : std::vector<double>{});
  }
  rig.Flow(10);
  rig.pulse_[10] = rig.decided_[10].sample;  // the stray was noted last
  for (int64_t id = 1; id <= 20; ++id) EXPECT_TRUE(rig.Right(id)) << id;
  EXPECT_NEAR(static_cast<double>(rig.decided_[10].sample),
              static_cast<double>(rig.SampleAt(0.9 + rig.delay_)), 1);
  EXPECT_EQ(rig.matcher_.extra(), 1);
}

TEST(LineMatcherTest, AnExtraPulseAtAnOnsetCostsThatOneTrial) {
  Rig rig;
  for (int i = 0; i < 20; ++i) {
    rig.Show(0.1 * i, true, i == 9 ? std::vector<double>{0.006} : std::vector<double>{});
  }
  rig.Flow(10);
  for (int64_t id = 1; id <= 20; ++id) EXPECT_EQ(rig.Right(id), id != 10) << id;
  EXPECT_THAT(rig.decided_[10].reason, HasSubstr("2 pulses"));
}

TEST(LineMatcherTest, FaultsInTheFirstTrialsDoNotMislead) {
  for (int lost : {0, 1, 2, 5}) {
    Rig rig;
    double t = 0;
    for (int i = 0; i < 20; ++i) rig.Show(t += i % 5 == 4 ? 0.35 : 0.1, i != lost);
    rig.Flow(20);
    for (int64_t id = 1; id <= 20; ++id)
      EXPECT_EQ(rig.Right(id), id != lost + 1)
          << lost << " " << id << " " << rig.decided_[id].reason;
  }
}

TEST(LineMatcherTest, JitterOfAMillisecondChangesNoMatch) {
  Rng rng(5);
  Rig rig;
  double t = 0;
  for (int i = 0; i < 200; ++i) {
    rig.Show(t += i % 8 == 7 ? 0.3 : 0.1, true, {}, 0.001 * (2 * rng.Uniform() - 1));
  }
  rig.Flow(40);
  for (int64_t id = 1; id <= 200; ++id) EXPECT_TRUE(rig.Right(id)) << id;
  EXPECT_NEAR(rig.matcher_.clock().ToProto().drift_ppm(), 30, 60);
}

TEST(LineMatcherTest, DriftOverAnHourIsFollowed) {
  Rig rig(0.4, 100);
  double t = 0;
  for (int i = 0; i < 3600; ++i) rig.Show(t += i % 20 == 7 ? 1.5 : 1.0);
  rig.Flow(t + 10);
  for (int64_t id = 1; id <= 3600; ++id) ASSERT_TRUE(rig.Right(id)) << id;
  EXPECT_NEAR(rig.matcher_.clock().ToProto().drift_ppm(), 100, 5);
}

TEST(LineMatcherTest, AfterALongPauseADriftingClockDoesNotMislead) {
  for (const double pause : {70.0, 600.0, 3600.0}) {
    Rig rig(0.5, 300);
    double t = 0;
    for (int i = 0; i < 11; ++i) rig.Show(t += i % 4 == 3 ? 0.6 : 0.4);
    t += pause;
    for (int i = 0; i < 20; ++i) rig.Show(t += i % 4 == 3 ? 0.6 : 0.4);
    rig.Flow(t + 10);
    for (int64_t id = 1; id <= 31; ++id) EXPECT_TRUE(rig.Right(id)) << pause << " " << id;
  }
}

TEST(LineMatcherTest, ADelayThatChangesIsFoundAnew) {
  Rig rig(0.3);
  for (int i = 0; i < 20; ++i) rig.Show(0.25 * i);
  rig.delay_ = 0.4;  // say, another setting of the monitor
  double t = 8;
  for (int i = 0; i < 40; ++i) rig.Show(t += i % 4 == 3 ? 0.4 : 0.25);
  rig.Flow(40);
  for (int64_t id = 1; id <= 20; ++id) EXPECT_TRUE(rig.Right(id)) << id;
  // Some are lost until it is noticed; none of them is taken for another.
  for (int64_t id = 21; id <= 60; ++id) {
    const LineMatch& match = rig.decided_.at(id);
    EXPECT_TRUE(!match.matched || match.sample == rig.pulse_.at(id)) << id;
  }
  for (int64_t id = 31; id <= 60; ++id) EXPECT_TRUE(rig.Right(id)) << id;
}

TEST(LineMatcherTest, SyncCodesTellPulsesApart) {
  LineMatcher matcher(kRate);
  std::map<int64_t, LineMatch> decided;
  // Regular, with older pulses before: only the codes can tell.
  for (int i = 0; i < 12; ++i) {
    matcher.AddPulse(3000 * i, static_cast<uint32_t>(250 + i) & 0xff, 0);
  }
  for (int i = 5; i < 10; ++i) {
    matcher.AddPresentation({i, 100'000'000 * i, static_cast<uint32_t>(250 + i)}, 0);
  }
  for (const LineMatch& match : matcher.Advance(3000 * 20, 0)) decided[match.id] = match;
  // The code 0 (256) is "not known": a wildcard.
  for (int i = 5; i < 10; ++i) {
    ASSERT_TRUE(decided[i].matched) << decided[i].reason;
    EXPECT_EQ(decided[i].sample, 3000 * i);
  }
}

TEST(LineMatcherTest, APulseWithAnotherSyncCodeIsNotTaken) {
  Rig rig;
  for (int i = 0; i < 10; ++i) rig.Show(0.2 * i);
  rig.Flow(5);
  rig.Show(6.0, false);
  rig.Flow(10);
  rig.AddPulse(10.0 + rig.delay_, 77);
  rig.Show(10.0, false);
  rig.Flow(15);
  EXPECT_THAT(rig.decided_.at(11).reason, HasSubstr("no pulse"));
  EXPECT_THAT(rig.decided_.at(12).reason, HasSubstr("another sync code"));
}

TEST(LineMatcherTest, AfterARestartOfTheSampleClockTheOffsetIsFoundAnew) {
  Rig rig;
  for (int i = 0; i < 10; ++i) rig.Show(0.2 * i);
  rig.Flow(6);
  rig.matcher_.ForgetPulses();
  EXPECT_FALSE(rig.matcher_.locked());
  for (int i = 0; i < 5; ++i) rig.Show(8 + 0.2 * i);
  rig.Flow(14);
  for (int64_t id = 11; id <= 15; ++id) EXPECT_TRUE(rig.Right(id)) << id;
}

}  // namespace
}  // namespace evoke
