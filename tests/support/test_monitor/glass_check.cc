#include "tests/support/test_monitor/glass_check.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "stimulus_display/screen/frame_code.h"

namespace evoke {
namespace {

constexpr uint32_t kWhite = 0xffffff;
constexpr int64_t kStall = 1'000'000;  // nanoseconds

// A time with one code on the glass.
struct Interval {
  uint32_t code;
  int64_t onset;   // the first vblank with it
  int64_t offset;  // the first without it
};

class Glass {
 public:
  explicit Glass(absl::Span<const MonitorFrame> frames) : frames_(frames) {}

  // The vblank that a stamp means: the nearest.
  int64_t VblankAt(int64_t nanos) const {
    const auto after = std::lower_bound(
        frames_.begin(), frames_.end(), nanos,
        [](const MonitorFrame& frame, int64_t instant) { return frame.nanos < instant; });
    if (after == frames_.end()) return frames_.back().vblank;
    if (after == frames_.begin()) return after->vblank;
    const auto before = after - 1;
    return nanos - before->nanos < after->nanos - nanos ? before->vblank : after->vblank;
  }
  int64_t NanosOf(int64_t vblank) const { return frames_[static_cast<size_t>(vblank)].nanos; }

  int64_t VblankOf(const Flip& flip) const {
    return flip.sequence != 0 ? static_cast<int64_t>(flip.sequence)
                              : VblankAt(flip.monotonic_nanos);
  }

 private:
  absl::Span<const MonitorFrame> frames_;
};

std::vector<Interval> Intervals(absl::Span<const MonitorFrame> frames, int64_t first,
                                int64_t last) {
  std::vector<Interval> intervals;
  uint32_t code = 0;
  for (const MonitorFrame& frame :
       frames.subspan(static_cast<size_t>(first), static_cast<size_t>(last - first + 1))) {
    if (frame.sight.code == code) continue;
    if (code != 0) intervals.back().offset = frame.vblank;
    code = frame.sight.code;
    if (code != 0) intervals.push_back({code, frame.vblank, last + 1});
  }
  return intervals;
}

int CountIn(const std::set<int64_t>& vblanks, int64_t from, int64_t to) {
  return static_cast<int>(
      std::distance(vblanks.lower_bound(from), vblanks.lower_bound(std::max(from, to))));
}

// Without an overlap, in elements.
int Missing(const std::set<int64_t>& all, const std::set<int64_t>& from) {
  return static_cast<int>(
      std::count_if(all.begin(), all.end(), [&](int64_t each) { return !from.contains(each); }));
}

}  // namespace

std::function<Sight(const Picture&)> LookFor(const Look& look, bool checksum) {
  return [look, checksum](const Picture& picture) {
    const PixelRect patch = PatchRect(look.patch, picture.width(), picture.height());
    Sight sight;
    sight.patch = picture.Rgb(patch.x + patch.width / 2, patch.y + patch.height / 2);
    if (look.frame_code) {
      const PixelRect strip = FrameCodeRect(patch);
      const absl::StatusOr<uint16_t> code =
          DecodeFrameCode(picture.Crop(strip.x, strip.y, strip.width, strip.height),
                          {0, 0, strip.width, strip.height});
      sight.code = code.ok() ? *code : kNoCode;
    }
    if (checksum) sight.crc = Crc32(picture.ToImage());
    return sight;
  };
}

Image PaintGlass(const Look& look, int width, int height, const Image& image, uint32_t code) {
  Image picture = UniformImage(width, height, look.background);
  const auto paint = [&](const PixelRect& where, auto&& value) {
    for (int y = 0; y < where.height; ++y) {
      for (int x = 0; x < where.width; ++x) {
        for (int c = 0; c < 3; ++c) {
          picture.rgb[static_cast<size_t>(((where.y + y) * width + where.x + x) * 3 + c)] =
              value(x, y, c);
        }
      }
    }
  };
  const auto uniform = [](bool white) {
    return [white](int, int, int) { return static_cast<uint8_t>(white ? 255 : 0); };
  };
  if (code != 0) {
    paint({(width - image.width) / 2, (height - image.height) / 2, image.width, image.height},
          [&](int x, int y, int c) {
            return image.rgb[static_cast<size_t>((y * image.width + x) * 3 + c)];
          });
  }
  const PixelRect patch = PatchRect(look.patch, width, height);
  paint(patch, uniform(code != 0));
  if (!look.frame_code) return picture;
  const PixelRect strip = FrameCodeRect(patch);
  // Between patch and strip it is black.
  const int left = std::min(patch.x + patch.width, strip.x + strip.width);
  paint({left, patch.y, std::max(patch.x, strip.x) - left, patch.height}, uniform(false));
  for (int bit = 0; bit < kFrameCodeBits; ++bit) {
    const bool set = (code >> bit & 1) != 0;
    paint(FrameCodeCell(strip, bit, false), uniform(set));
    paint(FrameCodeCell(strip, bit, true), uniform(!set));
  }
  return picture;
}

GlassReport CheckGlass(absl::Span<const MonitorFrame> frames,
                       absl::Span<const PresentationResult> results,
                       absl::Span<const RefreshRecord> refreshes) {
  GlassReport report;
  if (frames.empty() || refreshes.empty()) return report;
  const Glass glass(frames);
  const int64_t first = glass.VblankOf(refreshes.front().flip);
  const int64_t last = std::min(glass.VblankOf(refreshes.back().flip), frames.back().vblank);

  std::set<int64_t> missed;
  for (int64_t v = first + 1; v <= last; ++v) {
    const MonitorFrame& frame = frames[static_cast<size_t>(v)];
    if (frame.commit != frames[static_cast<size_t>(v - 1)].commit) continue;
    missed.insert(v);
    if (frame.missed_commit != 0) {
      ++report.injected;
    } else if (std::max(frame.late_nanos, frames[static_cast<size_t>(v - 1)].late_nanos) > kStall) {
      ++report.stalled;
    }
  }
  report.misses = static_cast<int>(missed.size());
  std::set<int64_t> said;
  for (const RefreshRecord& record : refreshes.subspan(1)) {
    const int64_t vblank = glass.VblankOf(record.flip);
    for (int64_t v = vblank - record.flip.dropped; v < vblank; ++v) said.insert(v);
  }
  report.undetected += Missing(missed, said);
  report.false_alarms += Missing(said, missed);

  const std::vector<Interval> intervals = Intervals(frames, first, last);
  auto shown = intervals.begin();
  int64_t off_since = -1;
  int off_frames = 0;
  for (const PresentationResult& result : results) {
    if (shown == intervals.end() || shown->code != (result.sync_code & 0xffff)) {
      report.undetected += result.onset_nanos != 0;
      continue;
    }
    const int duration = static_cast<int>(shown->offset - shown->onset);
    ++report.presentations;
    report.wrong_durations += duration != result.on_frames;
    if (off_since >= 0 && shown->onset - off_since != off_frames) {
      ++report.missed_onsets;
      report.starved_onsets += CountIn(missed, off_since, shown->onset) == 0;
    }
    off_since = shown->offset;
    off_frames = result.off_frames;

    report.undetected += glass.VblankAt(result.onset_nanos) != shown->onset ||
                         glass.VblankAt(result.offset_nanos) != shown->offset ||
                         result.frames_shown != duration ||
                         result.dropped_frames != CountIn(missed, shown->onset, shown->offset);
    const int64_t chosen = shown->onset - result.late_frames;
    report.false_alarms += CountIn(missed, chosen, shown->onset) != result.late_frames;

    report.onset_errors.push_back(
        static_cast<double>(result.onset_nanos - glass.NanosOf(shown->onset)));
    const int64_t predicted = result.predicted_onset_nanos;
    report.prediction_errors.push_back(
        static_cast<double>(predicted - glass.NanosOf(glass.VblankAt(predicted))));
    ++shown;
  }
  // The rest was on the glass, and nobody says so; or its code is another trial's.
  report.undetected += static_cast<int>(intervals.end() - shown);
  for (; shown != intervals.end(); ++shown) {
    report.wrong_codes += static_cast<int>(shown->offset - shown->onset);
  }
  for (int64_t v = first; v <= last; ++v) {
    const Sight& sight = frames[static_cast<size_t>(v)].sight;
    report.wrong_patches += sight.patch != (sight.code != 0 ? kWhite : 0);
  }
  return report;
}

}  // namespace evoke
