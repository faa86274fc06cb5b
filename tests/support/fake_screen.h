// A monitor in memory, with a clock that moves from refresh to refresh and a record of what was on.
#ifndef EVOKE_TESTS_SUPPORT_FAKE_SCREEN_H_
#define EVOKE_TESTS_SUPPORT_FAKE_SCREEN_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "stimulus_display/screen/refresh.h"
#include "stimulus_display/screen/screen.h"

namespace evoke {

// What was on the glass during one refresh.
struct GlassFrame {
  int64_t index = 0;
  int64_t monotonic_nanos = 0;
  std::optional<Image> image;  // as it was uploaded; none: the background
  PixelRect where;
  bool sync_patch = false;
  uint16_t code = 0;
};

// Refreshes at fixed instants of the manual clock. Show() moves the clock to the next one; whatever
// moved the clock past a refresh before (StallBeforeFlip, a slow upload) makes the monitor repeat
// the frame that was on, as a real one does. Thread-safe as Screen is.
class FakeScreen : public Screen {
 public:
  // The clock outlives the screen.
  explicit FakeScreen(ManualClock* clock, double hz = 60, int slots = 4, int width = 640,
                      int height = 480);

  // Time that passes just before the n-th call of Show(), counted from 0.
  void StallBeforeFlip(int64_t n, absl::Duration time) { stalls_[n] = time; }
  // Time that every upload takes.
  void SetUploadTime(absl::Duration time) { upload_time_ = time; }
  // What the next upload, or the next Show(), answers instead of doing its work.
  void FailNextUpload(absl::Status status) { upload_failure_ = std::move(status); }
  void FailNextShow(absl::Status status) { show_failure_ = std::move(status); }
  // Nobody says that the frame of the n-th call of Show() came on; it does.
  void LoseConfirmation(int64_t n) { unconfirmed_.insert(n); }

  // One entry for each refresh since the first flip, without holes.
  const std::vector<GlassFrame>& glass() const { return glass_; }
  int64_t uploads() const { return uploads_; }

  const ScreenInfo& info() const override { return info_; }
  int slots() const override { return static_cast<int>(slots_.size()); }
  absl::Status Upload(int slot, const Image& image) override;
  NextRefresh Next() const override;
  absl::StatusOr<Flip> Show(const Frame& frame) override;
  ScreenEvents PollEvents() override { return {}; }
  // Scaled to the nearest pixel, on gray 128, without the patch.
  absl::StatusOr<Image> ReadBack() override;

 private:
  ManualClock* const clock_;
  const RefreshGrid grid_;
  ScreenInfo info_;
  std::vector<std::optional<Image>> slots_;
  std::map<int64_t, absl::Duration> stalls_;
  std::set<int64_t> unconfirmed_;
  absl::Duration upload_time_;
  absl::Status upload_failure_;
  absl::Status show_failure_;
  std::vector<GlassFrame> glass_;
  int64_t flips_ = 0;
  int64_t uploads_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_FAKE_SCREEN_H_
