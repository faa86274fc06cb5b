// What a unit likes, in numbers: its rate, its selectivity, and what its preferred images are like.
#ifndef EVOKE_SIM_BACKEND_ANALYSIS_UNIT_PROFILE_H_
#define EVOKE_SIM_BACKEND_ANALYSIS_UNIT_PROFILE_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim_backend/analysis/labelled_images.h"
#include "sim_backend/analysis/responses.h"

namespace evoke {

// See selectivity.h for the measures. What can't be told (a silent unit, images without classes, a
// network without a class layer) is empty.
struct UnitProfile {
  std::string unit;
  double mean = 0;          // spikes per response, over the images
  double highest = 0;       // of one image
  double active_share = 0;  // images with a response above 0
  std::optional<double> sparseness;
  std::optional<double> activity_fraction;
  // Of the unit's responses by the images' classes.
  std::string preferred_class;
  std::optional<double> tuning_entropy_bits;
  std::optional<double> tuning_perplexity;  // relative
  // Means over the unit's top images: what the network makes of them, and how complex they are.
  std::optional<double> top_entropy_bits;
  std::optional<double> top_perplexity;  // relative
  std::optional<double> top_jpeg_bytes;
};

struct ProfileOptions {
  size_t top = 1;  // images that count as preferred
  // The complexity of an image by its index; empty: not wanted.
  std::function<absl::StatusOr<double>(size_t image)> jpeg_bytes;
};

// One profile for each column of `responses`. `class_outputs` are the class neurons' mean spikes
// per step to the same images, or have no columns.
absl::StatusOr<std::vector<UnitProfile>> ProfileUnits(const Responses& responses,
                                                      const LabelledImages& images,
                                                      const Responses& class_outputs,
                                                      const ProfileOptions& options);

// For people, and as CSV with the numbers in full.
std::string ProfileTable(const std::vector<UnitProfile>& profiles);
std::string ProfileCsv(const std::vector<UnitProfile>& profiles);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_ANALYSIS_UNIT_PROFILE_H_
