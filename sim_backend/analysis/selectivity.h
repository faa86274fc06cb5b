// How selective a unit is, and how complex what it prefers.
#ifndef EVOKE_SIM_BACKEND_ANALYSIS_SELECTIVITY_H_
#define EVOKE_SIM_BACKEND_ANALYSIS_SELECTIVITY_H_

#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace evoke {

// The activity fraction a = mean(r)^2 / mean(r^2) of responses r >= 0 over stimuli (Rolls & Tovee,
// J Neurophysiol 1995): 1 where all responses are equal, 1/n where one of n stimuli drives the unit
// alone. Empty if there is no response above 0.
std::optional<double> ActivityFraction(absl::Span<const float> responses);

// Lifetime sparseness S = (1 - a) / (1 - 1/n), with a the activity fraction over n stimuli (Vinje &
// Gallant, Science 2000): 0 where all responses are equal, 1 where one stimulus drives the unit
// alone. Empty if there is no response above 0, or fewer than two stimuli.
std::optional<double> LifetimeSparseness(absl::Span<const float> responses);

// exp(x_k) / sum_j exp(x_j).
std::vector<double> Softmax(absl::Span<const double> values);

// H = -sum_k p_k log2 p_k, in bits; of probabilities that sum to 1.
double EntropyBits(absl::Span<const double> probabilities);

// 2^H / K: the perplexity of probabilities over K classes, relative to that of K equal ones. 1/K
// for one certain class, 1 for none.
//
// The measure by which MANGO (Pospelov et al., Neurocomputing 2025; arXiv 2401.10748) tells how
// specialised a unit is: p is the softmax of the class layer's mean output for the image that
// drives the unit hardest. Their published code raises 2 to an entropy in nats; its value is ours
// to the power of ln 2 = 0.69.
double RelativePerplexity(absl::Span<const double> probabilities);

// The share of each class in the unit's response: mean response to the images of the class, divided
// by the sum of these means. `labels` are 0 .. classes - 1. Empty if there is no response above 0.
std::optional<std::vector<double>> ClassTuning(absl::Span<const float> responses,
                                               absl::Span<const int> labels, int classes);

// Indices of the `count` highest responses, the highest first; equal ones in their order.
std::vector<size_t> TopImages(absl::Span<const float> responses, size_t count);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_ANALYSIS_SELECTIVITY_H_
