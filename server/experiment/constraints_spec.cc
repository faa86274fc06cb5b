#include "server/experiment/constraints_spec.h"

#include "absl/strings/str_cat.h"

namespace evoke {

absl::StatusOr<ImageConstraints> ImageConstraintsOf(const v1::PresentationSpec& spec) {
  const v1::ImageConstraints& given = spec.image_constraints();
  ImageConstraints constraints;
  constraints.gray = given.gray();
  if (given.has_mean_luminance()) constraints.mean_luminance = given.mean_luminance();
  if (given.has_rms_contrast()) constraints.rms_contrast = given.rms_contrast();
  if (given.has_mask()) {
    constraints.mask = ImageConstraints::Mask{.diameter = given.mask().diameter(),
                                              .edge = given.mask().edge(),
                                              .background = spec.background() / 255.0};
  }
  if (const absl::Status status = constraints.Validate(); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("presentation.", status.message()));
  }
  return constraints;
}

}  // namespace evoke
