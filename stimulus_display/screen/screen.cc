#include "stimulus_display/screen/screen.h"

namespace evoke {

absl::string_view StampSourceName(StampSource source) {
  switch (source) {
    case StampSource::kPresentationFeedback:
      return "presentation feedback";
    case StampSource::kOmlSync:
      return "OML sync";
    case StampSource::kSwapEstimate:
      return "swap estimate";
    case StampSource::kTimerEstimate:
      return "timer estimate";
  }
  return "unknown";
}

absl::string_view MissReasonName(MissReason reason) {
  switch (reason) {
    case MissReason::kNone:
      return "none";
    case MissReason::kBusy:
      return "program busy";
    case MissReason::kDrawing:
      return "drawing";
    case MissReason::kCommit:
      return "late commit";
    case MissReason::kMonitor:
      return "window system or monitor";
    case MissReason::kUnconfirmed:
      return "unconfirmed";
  }
  return "unknown";
}

}  // namespace evoke
