#include "sim_backend/analysis/spike_rasters.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/resource_name.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

v1::PresentationNotice NoticeOf(const Image& image, size_t number,
                                absl::Span<const NamedUnit> units, uint64_t seed) {
  v1::PresentationNotice notice;
  for (const NamedUnit& unit : units) notice.mutable_objective()->add_units()->set_unit(unit.name);
  notice.mutable_stimulus()->set_name(StimulusName(ExperimentName("raster"), absl::StrCat(number)));
  v1::Image& pixels = *notice.mutable_stimulus()->mutable_image();
  pixels.set_width(image.width);
  pixels.set_height(image.height);
  pixels.set_rgb(image.rgb.data(), image.rgb.size());
  notice.set_seed(seed);
  return notice;
}

}  // namespace

absl::StatusOr<std::vector<RasterPanel>> ShowRepeatedly(SimulatedNeurons& neurons,
                                                        absl::Span<const Image> images,
                                                        absl::Span<const NamedUnit> units,
                                                        int repeats, uint64_t seed) {
  std::vector<RasterPanel> panels;
  for (const NamedUnit& unit : units) panels.push_back({unit.name, {}});
  for (size_t i = 0; i < images.size(); ++i) {
    std::vector<v1::PresentationNotice> notices(repeats, NoticeOf(images[i], i + 1, units, seed));
    for (int repeat = 0; repeat < repeats; ++repeat) {
      notices[repeat].mutable_trial()->set_repeat(repeat);
    }
    for (const auto& answer : neurons.Spikes(notices)) {
      EVOKE_RETURN_IF_ERROR(answer.status());
      for (size_t u = 0; u < units.size(); ++u) {
        std::vector<double>& train = panels[u].trains.emplace_back();
        for (const int64_t nanos : (*answer)[u].ticks_from_onset) {
          train.push_back(static_cast<double>(nanos) / 1e6);
        }
      }
    }
  }
  return panels;
}

}  // namespace evoke
