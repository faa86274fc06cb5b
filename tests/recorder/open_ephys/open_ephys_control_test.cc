#include "clients/recorder/open_ephys/open_ephys_control.h"

#include <memory>

#include "absl/time/clock.h"
#include "clients/recorder/open_ephys/open_ephys_program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "httplib.h"

namespace evoke {
namespace {

using testing::HasSubstr;

class OpenEphysControlTest : public testing::Test {
 protected:
  OpenEphysControlTest() {
    OpenEphysProgramOptions options;
    options.stream = "probe";
    options.sample_rate_hz = 30000;
    program_ = std::make_unique<OpenEphysProgram>(options);
    EXPECT_TRUE(program_->Start().ok());
    OpenEphysControlOptions control;
    control.port = program_->http_port();
    control.poll_interval = absl::Milliseconds(5);
    control_ = std::make_unique<OpenEphysControl>(control, clock_.get());
  }
  template <typename Done>
  bool Await(Done done) {
    const absl::Time end = absl::Now() + absl::Seconds(20);
    while (!done(control_->latest())) {
      if (absl::Now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  const std::unique_ptr<Clock> clock_ = NewSystemClock();
  std::unique_ptr<OpenEphysProgram> program_;
  std::unique_ptr<OpenEphysControl> control_;
};

TEST_F(OpenEphysControlTest, ModesAreReadAndSet) {
  EXPECT_EQ(control_->GetMode().value(), OpenEphysMode::kIdle);
  EXPECT_TRUE(control_->SetMode(OpenEphysMode::kAcquire).ok());
  EXPECT_EQ(program_->mode(), OpenEphysMode::kAcquire);
  EXPECT_EQ(program_->acquisitions(), 1);
  program_->SetMode(OpenEphysMode::kRecord);
  EXPECT_EQ(control_->GetMode().value(), OpenEphysMode::kRecord);
  EXPECT_EQ(program_->acquisitions(), 1);
}

TEST_F(OpenEphysControlTest, StreamsComeWithTheirRates) {
  const auto streams = control_->GetStreams();
  ASSERT_TRUE(streams.ok()) << streams.status();
  ASSERT_EQ(streams->size(), 1u);
  EXPECT_EQ((*streams)[0].name, "probe");
  EXPECT_EQ((*streams)[0].sample_rate_hz, 30000);
}

TEST_F(OpenEphysControlTest, PollingFollowsTheModeAndThenTheSilence) {
  control_->StartPolling(OpenEphysMode::kIdle);
  const int64_t before = clock_->MonotonicNanos();
  program_->SetMode(OpenEphysMode::kAcquire);
  EXPECT_TRUE(Await([&](const OpenEphysControl::Latest& latest) {
    return latest.mode == OpenEphysMode::kAcquire && latest.as_of_nanos > before;
  }));
  program_->StopHttp();
  EXPECT_TRUE(Await([](const OpenEphysControl::Latest& latest) {
    return latest.failing_nanos != 0 && !latest.error.ok();
  }));
  EXPECT_EQ(control_->latest().mode, OpenEphysMode::kAcquire);
}

TEST_F(OpenEphysControlTest, AnotherProgramOnThePortIsToldApart) {
  httplib::Server other;
  other.Get("/api/status", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("<html>", "text/html");
  });
  const int port = other.bind_to_any_port("127.0.0.1");
  std::thread thread([&] { other.listen_after_bind(); });
  OpenEphysControlOptions options;
  options.port = port;
  const OpenEphysControl control(options, clock_.get());
  EXPECT_EQ(control.GetMode().status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(control.GetMode().status().message()), HasSubstr("another program"));
  EXPECT_THAT(std::string(control.SetMode(OpenEphysMode::kIdle).message()), HasSubstr("404"));
  EXPECT_FALSE(control.GetStreams().ok());
  other.stop();
  thread.join();
}

}  // namespace
}  // namespace evoke
