#include "tests/support/test_monitor/test_monitor.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr char kSocket[] = "wayland-test";
// Before the first vblank, so that it is one like the others.
constexpr int64_t kStartUpNanos = 50'000'000;

int64_t MonotonicNanos() {
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}

void Empty(int fd) {
  uint64_t count;
  while (read(fd, &count, sizeof count) < 0 && errno == EINTR) {
  }
}

absl::Status Check(const TestMonitorOptions& options) {
  const ScanoutOptions& scanout = options.scanout;
  if (!(scanout.hz >= 1 && scanout.hz <= 2000)) {
    return absl::InvalidArgumentError(
        absl::StrCat("test monitor of ", scanout.hz, " Hz: give 1 to 2000"));
  }
  if (scanout.latch_lead < absl::ZeroDuration() ||
      scanout.latch_lead >= absl::Seconds(1 / scanout.hz)) {
    return absl::InvalidArgumentError("test monitor: the latch lead is not within a refresh");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<TestMonitor>> TestMonitor::Start(const TestMonitorOptions& options) {
  EVOKE_RETURN_IF_ERROR(Check(options));
  std::unique_ptr<TestMonitor> monitor(new TestMonitor(options));
  EVOKE_RETURN_IF_ERROR(monitor->Open());
  return monitor;
}

TestMonitor::TestMonitor(const TestMonitorOptions& options)
    : options_(options),
      lead_nanos_(absl::ToInt64Nanoseconds(options.scanout.latch_lead)),
      frames_(static_cast<size_t>(options.capacity)) {}

absl::Status TestMonitor::Open() {
  folder_ = (std::filesystem::temp_directory_path() / "evoke-monitor-XXXXXX").string();
  if (mkdtemp(folder_.data()) == nullptr) return absl::ErrnoToStatus(errno, folder_);
  timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  stop_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (timer_ < 0 || stop_ < 0) return absl::ErrnoToStatus(errno, "test monitor's timer");
  EVOKE_ASSIGN_OR_RETURN(
      compositor_, Compositor::Create(options_.compositor, absl::StrCat(folder_, "/", kSocket),
                                      [this] { OnCommitted(); }));
  scanout_.emplace(options_.scanout, MonotonicNanos() + kStartUpNanos);
  wl_event_loop_add_fd(
      compositor_->loop(), timer_, WL_EVENT_READABLE,
      [](int fd, uint32_t, void*) {
        Empty(fd);  // Run() does what is due
        return 0;
      },
      nullptr);
  wl_event_loop_add_fd(
      compositor_->loop(), stop_, WL_EVENT_READABLE,
      [](int, uint32_t, void* self) {
        static_cast<TestMonitor*>(self)->stopping_ = true;
        return 0;
      },
      this);
  thread_ = std::thread([this] { Run(); });
  if (options_.priority > 0) {
    sched_param priority = {};
    priority.sched_priority = options_.priority;
    real_time_ = pthread_setschedparam(thread_.native_handle(), SCHED_FIFO, &priority) == 0;
  }
  return absl::OkStatus();
}

TestMonitor::~TestMonitor() {
  if (thread_.joinable()) {
    const uint64_t one = 1;
    while (write(stop_, &one, sizeof one) < 0 && errno == EINTR) {
    }
    thread_.join();
  }
  compositor_.reset();
  if (timer_ >= 0) close(timer_);
  if (stop_ >= 0) close(stop_);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::vector<std::string> TestMonitor::Environment() const {
  return {"SDL_VIDEODRIVER=wayland", absl::StrCat("XDG_RUNTIME_DIR=", folder_),
          absl::StrCat("WAYLAND_DISPLAY=", kSocket), "LIBGL_ALWAYS_SOFTWARE=1"};
}

void TestMonitor::PointClientsHere() const {
  for (const std::string& entry : Environment()) {
    const size_t equals = entry.find('=');
    setenv(entry.substr(0, equals).c_str(), entry.substr(equals + 1).c_str(), 1);
  }
}

void TestMonitor::Run() {
  while (!stopping_) {
    const int64_t next = scanout_->NextNanos();
    itimerspec due = {};
    due.it_value.tv_sec = next / 1'000'000'000;
    due.it_value.tv_nsec = next % 1'000'000'000;
    timerfd_settime(timer_, TFD_TIMER_ABSTIME, &due, nullptr);
    wl_event_loop_dispatch(compositor_->loop(), -1);
    CatchUp(MonotonicNanos());
    compositor_->Flush();
  }
}

void TestMonitor::CatchUp(int64_t due_nanos) {
  for (; misses_.load(std::memory_order_relaxed) > 0; misses_.fetch_sub(1)) scanout_->MissNext();
  while (const std::optional<Scanout::Event> event = scanout_->Advance(due_nanos)) Handle(*event);
}

void TestMonitor::OnCommitted() {
  newest_commit_nanos_ = MonotonicNanos();
  // If this thread was kept from the latch, commits that came meanwhile are taken in time, as they
  // may have been; but no picture comes on before it was committed.
  CatchUp(newest_commit_nanos_ - lead_nanos_);
  scanout_->Commit(++commits_);
}

void TestMonitor::Handle(const Scanout::Event& event) {
  const int64_t now_nanos = MonotonicNanos();
  if (event.kind == Scanout::Event::kLatch) {
    compositor_->Latch(event.frame.missed_commit == 0, now_nanos);
    latch_late_nanos_ = now_nanos - (event.frame.nanos - lead_nanos_);
    if (event.frame.commit != glass_.commit) glass_.commit_nanos = newest_commit_nanos_;
    return;
  }
  compositor_->Present(event.frame.vblank, event.frame.stamp_nanos);
  compositor_->Flush();  // before the look, which takes its time
  const bool fresh = event.frame.commit != glass_.commit;
  static_cast<ScannedFrame&>(glass_) = event.frame;
  glass_.late_nanos = std::max(latch_late_nanos_, now_nanos - event.frame.nanos);
  if (fresh && options_.look) {
    compositor_->Look([this](const Picture& picture) { glass_.sight = options_.look(picture); });
  }
  const int64_t n = recorded_.load(std::memory_order_relaxed);
  if (n < options_.capacity) {
    frames_[static_cast<size_t>(n)] = glass_;
    recorded_.store(n + 1, std::memory_order_release);
  }
}

}  // namespace evoke
