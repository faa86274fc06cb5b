// The driver's word for when a frame was on the monitor: the extension GLX_OML_sync_control.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_GLX_SYNC_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_GLX_SYNC_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "stimulus_display/screen/stamper.h"

namespace evoke {

// The functions of the extension, and what they are called with. Plain types: Xlib's header defines
// macros such as Status.
struct GlxSyncFunctions {
  // Display*, GLXDrawable, UST (time), MSC (count of refreshes), SBC (count of swaps): 1 on
  // success.
  using GetSyncValues = int(void*, unsigned long, int64_t*, int64_t*, int64_t*);
  using WaitForSbc = int(void*, unsigned long, int64_t, int64_t*, int64_t*, int64_t*);
  GetSyncValues* get_sync_values = nullptr;
  WaitForSbc* wait_for_sbc = nullptr;
  void* display = nullptr;
  unsigned long drawable = 0;
};

// The specification leaves the clock of UST open. Mesa's is CLOCK_MONOTONIC in microseconds; a
// driver whose UST is anything else is refused, rather than trusted with onsets. Waits block in the
// driver: the deadline is not kept if the driver loses a swap.
class GlxSync : public Stamper {
 public:
  // UNAVAILABLE: the extension is missing, does not answer, or counts in another clock.
  static absl::StatusOr<std::unique_ptr<GlxSync>> Create(const GlxSyncFunctions& functions);

  StampSource source() const override { return StampSource::kOmlSync; }
  void BeforeSwap() override;
  Stamp AfterSwap(int64_t deadline_nanos) override;

 private:
  explicit GlxSync(const GlxSyncFunctions& functions) : functions_(functions) {}
  const GlxSyncFunctions functions_;
  int64_t swap_ = 0;  // the count that the swap in hand will have
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_GLX_SYNC_H_
