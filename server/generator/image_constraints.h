// What all images of an experiment are to have in common, whatever the generator makes.
#ifndef EVOKE_SERVER_GENERATOR_IMAGE_CONSTRAINTS_H_
#define EVOKE_SERVER_GENERATOR_IMAGE_CONSTRAINTS_H_

#include <optional>

#include "absl/status/status.h"
#include "common/image.h"

namespace evoke {

// Luminance is here 0.2126 red + 0.7152 green + 0.0722 blue (Rec. 709) of display values / 255, as
// in SHINE (Willenbockel et al. 2010): what leaves the screen is proportional to it only if the
// display is calibrated to be linear.
struct ImageConstraints {
  // A disc in the centre of the image; outside it is a background. The edge is half a cosine.
  struct Mask {
    double diameter = 1;  // of the disc with half its edge, as a share of the shorter side: to 1
    double edge = 0.1;    // width of the edge, likewise; at most the diameter
    double background = 0.5;  // display value / 255, gray
  };

  bool gray = false;                     // every channel becomes the luminance
  std::optional<double> mean_luminance;  // 0 to 1
  std::optional<double> rms_contrast;    // standard deviation of luminance (Peli 1990), 0 to 0.5
  std::optional<Mask> mask;

  bool any() const { return gray || mean_luminance || rms_contrast || mask; }
  // OK, or INVALID_ARGUMENT; the message begins with the field's path in a specification.
  absl::Status Validate() const;
};

// Applies, in this order: gray; mean luminance and contrast; mask. Mean and contrast are those of
// what the mask lets through, weighted by it; the three channels share a factor and an offset, so
// that hue changes only where values would leave [0, 255]. Values that do are clipped, and the
// factor and offset are corrected for that until the measures are met, or come as close as they
// can. An image without contrast keeps none.
// A pure function, the same on every machine up to rounding of single values; thread-safe.
// Requires image.valid() and constraints.Validate().ok().
Image ApplyConstraints(const Image& image, const ImageConstraints& constraints);

// What ApplyConstraints() sets, measured on an image: for tests and records.
struct LuminanceStatistics {
  double mean = 0;
  double rms_contrast = 0;
};
LuminanceStatistics MeasureLuminance(const Image& image,
                                     const std::optional<ImageConstraints::Mask>& mask);

}  // namespace evoke

#endif  // EVOKE_SERVER_GENERATOR_IMAGE_CONSTRAINTS_H_
