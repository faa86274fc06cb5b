// A picture of what a generator makes.
#ifndef EVOKE_SIM_BACKEND_TRAINING_SAMPLE_SHEET_H_
#define EVOKE_SIM_BACKEND_TRAINING_SAMPLE_SHEET_H_

#include <string>

#include "absl/status/status.h"
#include "server/generator/generator.h"

namespace evoke {

// Writes 8 x 8 images of points drawn from the prior, always the same ones, as a PNG file.
absl::Status WriteSampleSheet(const Generator& generator, const std::string& path);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_SAMPLE_SHEET_H_
