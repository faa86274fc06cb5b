#include "stimulus_display/presenter/render_thread.h"

#include <sched.h>

#include <atomic>
#include <future>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "stimulus_display/presenter/real_time.h"

namespace evoke {
namespace {

constexpr RealTimeOptions kOrdinary = {.priority = 0};

TEST(RenderThreadTest, JobsRunOneAfterAnotherOnTheSameOtherThread) {
  RenderThread render(kOrdinary);
  std::thread::id first;
  std::thread::id second;
  EXPECT_TRUE(
      render.Run([&] { return first = std::this_thread::get_id(), absl::OkStatus(); }, [] {}).ok());
  const absl::Status status = render.Run(
      [&] { return second = std::this_thread::get_id(), absl::InternalError("no monitor"); },
      [] {});
  EXPECT_EQ(status.message(), "no monitor");
  EXPECT_EQ(first, second);
  EXPECT_NE(first, std::this_thread::get_id());
}

TEST(RenderThreadTest, CallerGoesOnWithItsOwnWorkUntilTheJobEnds) {
  RenderThread render(kOrdinary);
  std::atomic<int> pumped = 0;
  const auto caller = std::this_thread::get_id();
  const absl::Status status = render.Run(
      [&] {
        while (pumped.load() < 3) std::this_thread::yield();
        return absl::OkStatus();
      },
      [&] {
        EXPECT_EQ(std::this_thread::get_id(), caller);
        ++pumped;
      });
  EXPECT_TRUE(status.ok());
  EXPECT_GE(pumped.load(), 3);
}

TEST(RenderThreadTest, PriorityIsThereBeforeTheFirstJobAndInherited) {
  RenderThread render({.priority = 10, .lock_memory = false});
  if (absl::IsPermissionDenied(render.real_time())) {
    EXPECT_NE(render.real_time().message().find("rtprio 10"), absl::string_view::npos);
    GTEST_SKIP() << render.real_time();
  }
  int policy = -1;
  int child_policy = -1;
  EXPECT_TRUE(render
                  .Run(
                      [&] {
                        policy = sched_getscheduler(0);
                        std::thread([&] { child_policy = sched_getscheduler(0); }).join();
                        return absl::OkStatus();
                      },
                      [] {})
                  .ok());
  EXPECT_EQ(policy, SCHED_FIFO);
  EXPECT_EQ(child_policy, SCHED_FIFO);
  EXPECT_EQ(sched_getscheduler(0), SCHED_OTHER);  // the caller is as it was
}

TEST(RenderThreadTest, CallersWorkHasPriorityOnlyWhileItLasts) {
  RenderThread render({.priority = 10, .lock_memory = false});
  if (!render.real_time().ok()) GTEST_SKIP() << render.real_time();
  std::promise<int> policy;
  std::shared_future<int> known = policy.get_future().share();
  bool told = false;
  EXPECT_TRUE(render
                  .Run([&] { return known.wait(), absl::OkStatus(); },
                       [&] {
                         if (!std::exchange(told, true)) policy.set_value(sched_getscheduler(0));
                       })
                  .ok());
  EXPECT_EQ(known.get(), SCHED_FIFO);
  EXPECT_EQ(sched_getscheduler(0), SCHED_OTHER);
}

TEST(RealTimeTest, PriorityOutOfRangeIsRefused) {
  EXPECT_EQ(SetRealTimePriority(1000).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace evoke
