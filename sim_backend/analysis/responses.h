// What units of a network answer to images, as numbers.
#ifndef EVOKE_SIM_BACKEND_ANALYSIS_RESPONSES_H_
#define EVOKE_SIM_BACKEND_ANALYSIS_RESPONSES_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/image.h"
#include "sim_backend/analysis/unit_list.h"
#include "sim_backend/networks/network.h"

namespace evoke {

// Expected spikes in the whole response, [image][column].
struct Responses {
  std::vector<std::string> columns;  // a unit's name each
  std::vector<float> counts;

  size_t rows() const { return columns.empty() ? 0 : counts.size() / columns.size(); }
  float at(size_t image, size_t column) const { return counts[image * columns.size() + column]; }
  std::vector<float> Column(size_t column) const;  // one unit's, over the images
};

// Called with the number of images that were answered so far; returns false to end early, which
// makes the call CANCELLED.
using AnswerProgress = std::function<bool(size_t images)>;

// The network's own spikes, without the noise of simulated neurons. Errors of the network.
absl::StatusOr<Responses> RespondAll(const Network& network, absl::Span<const Image> images,
                                     absl::Span<const NamedUnit> units,
                                     const AnswerProgress& progress = nullptr);
// Every neuron of a layer; columns are conv1/0@0,0, conv1/0@0,1, ...; class/0 where the layer has
// one position only.
absl::StatusOr<Responses> RespondLayer(const Network& network, absl::Span<const Image> images,
                                       int layer, const AnswerProgress& progress = nullptr);
// The course over the steps of the response, [image][unit][step].
absl::StatusOr<std::vector<float>> RespondInSteps(const Network& network,
                                                  absl::Span<const Image> images,
                                                  absl::Span<const NamedUnit> units,
                                                  const AnswerProgress& progress = nullptr);

// CSV: image, class (empty without one), then a column for each unit. `names` and `classes` are one
// for each image; without columns the table lists the images alone.
std::string ResponseTable(const Responses& responses, absl::Span<const std::string> names,
                          absl::Span<const std::string> classes);

// The bytes of a NumPy file (format 1.0) of little-endian floats in C order; `shape` has as many
// elements as `values`.
std::string NpyBytes(absl::Span<const size_t> shape, absl::Span<const float> values);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_ANALYSIS_RESPONSES_H_
