// The presenter between threads, and what its refresh thread must not do.
#include <atomic>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>
#include <thread>
#include <vector>

#include "common/clock.h"
#include "gtest/gtest.h"
#include "stimulus_display/presenter/presenter.h"
#include "tests/support/fake_screen.h"

namespace {
thread_local int64_t allocations = 0;
}  // namespace

// Not inlined: GCC would see malloc's memory in the one and free in the other, and warn.
[[gnu::noinline]] void* operator new(size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace evoke {
namespace {

PresentationRequest Request(uint64_t id, absl::Duration on) {
  PresentationRequest request;
  request.id = id;
  request.image = UniformImage(2, 2, static_cast<uint8_t>(id % 251));
  request.on = on;
  request.off = absl::Milliseconds(17);
  return request;
}

TEST(PresenterThreadsTest, EveryRequestOfManySubmittersHasOneResult) {
  constexpr int kSubmitters = 3;
  constexpr int kEach = 200;
  ManualClock clock;
  FakeScreen screen(&clock);
  auto presenter = Presenter::Create(&screen, &clock, {.queue_capacity = 5});
  ASSERT_TRUE(presenter.ok()) << presenter.status();
  Presenter& p = **presenter;

  std::atomic<int> accepted = 0;
  std::atomic<bool> all_taken = false;
  std::vector<std::thread> threads;
  for (int s = 0; s < kSubmitters; ++s) {
    threads.emplace_back([&, s] {
      for (int i = 0; i < kEach;) {
        const auto id = static_cast<uint64_t>(s * kEach + i + 1);
        const absl::Status status = p.Submit(Request(id, absl::Milliseconds(17)));
        if (status.ok()) {
          ++i;
          accepted.fetch_add(1);
        } else {
          ASSERT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
          std::this_thread::yield();
        }
      }
    });
  }
  std::vector<int> seen(kSubmitters * kEach + 1, 0);
  std::thread taker([&] {
    for (int n = 0; n < kSubmitters * kEach; ++n) {
      const auto result = p.TakeResult(absl::InfiniteDuration());
      ASSERT_TRUE(result.has_value());
      EXPECT_EQ(result->frames_shown, 1);
      ++seen[result->id];
    }
    all_taken.store(true);
  });
  // The fake monitor costs no time: refresh only while there is something to show, or the record of
  // idle frames would grow without end.
  while (!all_taken.load()) {
    const PresenterStats stats = p.stats();
    if (stats.shown < accepted.load()) {
      ASSERT_TRUE(p.Refresh().ok());
    } else {
      std::this_thread::yield();
    }
  }
  for (std::thread& thread : threads) thread.join();
  taker.join();
  for (size_t id = 1; id < seen.size(); ++id) EXPECT_EQ(seen[id], 1) << "request " << id;
}

// A screen that does nothing, so that what is counted is the presenter's own.
class BareScreen : public Screen {
 public:
  BareScreen() {
    info_.width = info_.height = info_.screen_width_pixels = 100, info_.refresh_hz = 60;
  }
  const ScreenInfo& info() const override { return info_; }
  int slots() const override { return 2; }
  absl::Status Upload(int, const Image&) override { return absl::OkStatus(); }
  NextRefresh Next() const override {
    return {index_ + 1, std::numeric_limits<int64_t>::max()};  // time for any upload
  }
  absl::StatusOr<Flip> Show(const Frame& frame) override {
    stimulus_frames_ += frame.slot == Frame::kNoImage ? 0 : 1;
    Flip flip;
    flip.frame_index = ++index_;
    return flip;
  }
  ScreenEvents PollEvents() override { return {}; }
  absl::StatusOr<Image> ReadBack() override { return absl::UnimplementedError("no pixels"); }
  int stimulus_frames() const { return stimulus_frames_; }

 private:
  ScreenInfo info_;
  int64_t index_ = 0;
  int stimulus_frames_ = 0;
};

TEST(PresenterThreadsTest, RefreshesAllocateNothing) {
  BareScreen screen;
  const auto clock = NewSystemClock();
  const auto timing = std::make_unique<TimingQueues>();
  auto presenter =
      Presenter::Create(&screen, clock.get(), {.queue_capacity = 8, .timing = timing.get()});
  ASSERT_TRUE(presenter.ok()) << presenter.status();
  for (uint64_t id = 1; id <= 8; ++id) {
    ASSERT_TRUE((*presenter)->Submit(Request(id, absl::Milliseconds(100))).ok());
  }
  const int64_t before = allocations;
  EXPECT_GT(before, 0);  // the counter counts
  for (int i = 0; i < 100; ++i) {
    if (i == 40) (*presenter)->Abort("fixation broken, a reason too long for a small string");
    const bool ok = (*presenter)->Refresh().ok();
    ASSERT_TRUE(ok);
  }
  EXPECT_EQ(allocations, before);
  EXPECT_EQ((*presenter)->stats().shown, 7);
  EXPECT_EQ((*presenter)->stats().aborted, 1);
  EXPECT_GT(screen.stimulus_frames(), 7 * 6);
}

}  // namespace
}  // namespace evoke
