// OpenCV reports errors by exceptions; the project by status.
#ifndef EVOKE_COMMON_FIGURE_OPENCV_GUARD_H_
#define EVOKE_COMMON_FIGURE_OPENCV_GUARD_H_

#include <exception>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace evoke {

// Returns work(), which returns a Status or StatusOr; an exception becomes INTERNAL, "<what>: ...".
// cv::Exception is a std::exception, and so is the lack of memory for a large picture.
template <typename Work>
auto GuardOpenCv(std::string_view what, Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::exception& e) {
    return absl::InternalError(
        absl::StrCat(absl::string_view(what.data(), what.size()), ": OpenCV failed: ", e.what()));
  }
}

}  // namespace evoke

#endif  // EVOKE_COMMON_FIGURE_OPENCV_GUARD_H_
