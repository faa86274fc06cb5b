#include "server/optimizer/evolution/option_checks.h"

#include "absl/strings/str_format.h"

namespace evoke {

absl::Status CheckOption(absl::string_view field, double value, double low, double high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("%s is %g; needs %g to %g", field, value, low, high));
}

absl::Status RequireContinuous(absl::string_view method, const LatentSpace& space) {
  for (int i = 0; i < space.size(); ++i) {
    if (space.dimensions[i].kind == LatentDimension::Kind::kContinuous) continue;
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s: takes continuous dimensions only, and dimension %d is categorical with %d levels; use "
        "one_plus_lambda or code_genetic",
        method, i, space.dimensions[i].levels));
  }
  return absl::OkStatus();
}

absl::Status RequireCategorical(absl::string_view method, const LatentSpace& space) {
  for (int i = 0; i < space.size(); ++i) {
    const LatentDimension& d = space.dimensions[i];
    if (d.kind == LatentDimension::Kind::kCategorical) continue;
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s: takes categorical dimensions only, and dimension %d is continuous in [%g, %g]; use "
        "genetic, cma_es or one_plus_lambda",
        method, i, d.lower, d.upper));
  }
  return absl::OkStatus();
}

}  // namespace evoke
