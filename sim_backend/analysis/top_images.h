// The images that drive units hardest, as sheets and tables.
#ifndef EVOKE_SIM_BACKEND_ANALYSIS_TOP_IMAGES_H_
#define EVOKE_SIM_BACKEND_ANALYSIS_TOP_IMAGES_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/image.h"
#include "sim_backend/analysis/labelled_images.h"
#include "sim_backend/analysis/responses.h"

namespace evoke {

// One unit's `count` best images, the best first, each with its rank, class and spikes. Errors of
// DrawMontage().
absl::StatusOr<Image> DrawTopImages(const Responses& responses, size_t column,
                                    const LabelledImages& images, size_t count);

// CSV: unit, rank (from 1), image, class, spikes; `count` rows for each unit.
std::string TopImagesTable(const Responses& responses, const LabelledImages& images, size_t count);

// conv3-37-4-4 for conv3/37@4,4: a unit as part of a file's name.
std::string FileNameOfUnit(const std::string& unit);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_ANALYSIS_TOP_IMAGES_H_
