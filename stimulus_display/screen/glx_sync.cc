#include "stimulus_display/screen/glx_sync.h"

#include <cstdlib>

#include "absl/strings/str_format.h"
#include "stimulus_display/screen/clock_bridge.h"

namespace evoke {
namespace {
constexpr int64_t kNanosPerUst = 1'000;
// The latest refresh is at most this old on a monitor that runs.
constexpr int64_t kOldestRefreshNanos = 1'000'000'000;
}  // namespace

absl::StatusOr<std::unique_ptr<GlxSync>> GlxSync::Create(const GlxSyncFunctions& functions) {
  if (functions.get_sync_values == nullptr || functions.wait_for_sbc == nullptr) {
    return absl::UnavailableError("this X server and driver have no GLX_OML_sync_control");
  }
  int64_t ust = 0;
  int64_t msc = 0;
  int64_t sbc = 0;
  if (functions.get_sync_values(functions.display, functions.drawable, &ust, &msc, &sbc) != 1) {
    return absl::UnavailableError("GLX_OML_sync_control does not answer for this window");
  }
  const int64_t age = MonotonicNanos() - ust * kNanosPerUst;
  if (std::abs(age) > kOldestRefreshNanos) {
    return absl::UnavailableError(
        absl::StrFormat("GLX_OML_sync_control stamps refreshes by another clock than "
                        "CLOCK_MONOTONIC in microseconds: they differ by %.1f s",
                        static_cast<double>(age) * 1e-9));
  }
  return std::unique_ptr<GlxSync>(new GlxSync(functions));
}

void GlxSync::BeforeSwap() {
  int64_t ust = 0;
  int64_t msc = 0;
  int64_t sbc = 0;
  functions_.get_sync_values(functions_.display, functions_.drawable, &ust, &msc, &sbc);
  swap_ = sbc + 1;
}

Stamp GlxSync::AfterSwap(int64_t /*deadline_nanos*/) {
  int64_t ust = 0;
  int64_t msc = 0;
  int64_t sbc = 0;
  Stamp stamp;
  stamp.confirmed = functions_.wait_for_sbc(functions_.display, functions_.drawable, swap_, &ust,
                                            &msc, &sbc) == 1 &&
                    sbc >= swap_ && ust > 0;
  if (!stamp.confirmed) {
    stamp.monotonic_nanos = MonotonicNanos();
    return stamp;
  }
  stamp.monotonic_nanos = ust * kNanosPerUst;
  stamp.uncertainty_nanos = kNanosPerUst;
  stamp.sequence = static_cast<uint64_t>(msc);
  return stamp;
}

}  // namespace evoke
