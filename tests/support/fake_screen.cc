#include "tests/support/fake_screen.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_format.h"

namespace evoke {

FakeScreen::FakeScreen(ManualClock* clock, double hz, int slots, int width, int height)
    : clock_(clock), grid_(clock->MonotonicNanos(), hz), slots_(static_cast<size_t>(slots)) {
  info_.width = width;
  info_.height = height;
  info_.screen_width_pixels = width;
  info_.source = StampSource::kSwapEstimate;
  info_.nominal_hz = info_.measured_hz = info_.refresh_hz = hz;
}

absl::Status FakeScreen::Upload(int slot, const Image& image) {
  clock_->Advance(upload_time_);
  if (!upload_failure_.ok()) return std::exchange(upload_failure_, absl::OkStatus());
  if (slot < 0 || slot >= slots() || !image.valid()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("slot %d of %d, image of %dx%d", slot, slots(), image.width, image.height));
  }
  slots_[static_cast<size_t>(slot)] = image;
  ++uploads_;
  return absl::OkStatus();
}

NextRefresh FakeScreen::Next() const {
  const int64_t last = glass_.empty() ? -1 : glass_.back().index;
  const int64_t index = std::max(last, grid_.IndexAt(clock_->MonotonicNanos())) + 1;
  return {index, grid_.TimeOf(index)};
}

absl::StatusOr<Flip> FakeScreen::Show(const Frame& frame) {
  if (!show_failure_.ok()) return std::exchange(show_failure_, absl::OkStatus());
  GlassFrame next;
  if (frame.slot != Frame::kNoImage) {
    if (frame.slot < 0 || frame.slot >= slots() || !slots_[static_cast<size_t>(frame.slot)]) {
      return absl::FailedPreconditionError(
          absl::StrFormat("image slot %d holds no image", frame.slot));
    }
    next.image = slots_[static_cast<size_t>(frame.slot)];
    next.where = frame.where;
  }
  next.sync_patch = frame.sync_patch;
  next.code = frame.code;
  const NextRefresh target = Next();
  if (const auto stall = stalls_.find(flips_); stall != stalls_.end()) {
    clock_->Advance(stall->second);
  }

  const int64_t now = clock_->MonotonicNanos();
  Flip flip;
  flip.frame_index = grid_.IndexAt(now) + 1;
  flip.monotonic_nanos = grid_.TimeOf(flip.frame_index);
  flip.target_index = target.index;
  flip.predicted_nanos = target.nanos;
  flip.commit_begin_nanos = flip.commit_end_nanos = now;
  flip.uncertainty_nanos = info_.period_nanos();
  flip.source = info_.source;
  flip.confirmed = !unconfirmed_.contains(flips_);
  ++flips_;
  if (!glass_.empty()) {
    flip.dropped = static_cast<int>(flip.frame_index - glass_.back().index - 1);
    for (int i = 0; i < flip.dropped; ++i) {
      GlassFrame repeated = glass_.back();
      ++repeated.index;
      repeated.monotonic_nanos = grid_.TimeOf(repeated.index);
      glass_.push_back(std::move(repeated));
    }
  }
  clock_->Advance(absl::Nanoseconds(flip.monotonic_nanos - now));
  next.index = flip.frame_index;
  next.monotonic_nanos = flip.monotonic_nanos;
  glass_.push_back(std::move(next));
  return flip;
}

absl::StatusOr<Image> FakeScreen::ReadBack() {
  Image pixels = UniformImage(info_.width, info_.height, 128);
  if (glass_.empty() || !glass_.back().image.has_value()) return pixels;
  const Image& image = *glass_.back().image;
  const PixelRect& where = glass_.back().where;
  for (int y = 0; y < where.height; ++y) {
    for (int x = 0; x < where.width; ++x) {
      const int from =
          (y * image.height / where.height) * image.width + x * image.width / where.width;
      const int to = (where.y + y) * info_.width + where.x + x;
      for (int c = 0; c < 3; ++c) {
        pixels.rgb[static_cast<size_t>(to) * 3 + static_cast<size_t>(c)] =
            image.rgb[static_cast<size_t>(from) * 3 + static_cast<size_t>(c)];
      }
    }
  }
  return pixels;
}

}  // namespace evoke
