// What is believed of a unit's responses, from all that was shown: a Gaussian process over images.
#ifndef EVOKE_SERVER_OPTIMIZER_MODEL_RESPONSE_MODEL_H_
#define EVOKE_SERVER_OPTIMIZER_MODEL_RESPONSE_MODEL_H_

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/random.h"
#include "server/generator/generator.h"
#include "server/optimizer/model/gaussian_process.h"
#include "server/optimizer/model/image_features.h"
#include "server/optimizer/model/kernel_choice.h"
#include "server/optimizer/model/score_scale.h"
#include "server/optimizer/observation_archive.h"

namespace evoke {

// The model's answer is the posterior mean. Beside it stand functions in which the noise of the
// answers was drawn anew: their maxima differ as far as the noise leaves them open, so that a batch
// of one maximum each is diverse where nothing is known. Not thread-safe.
class ResponseModel {
 public:
  // Points that the model keeps: with more, those whose images are nearest to the best one's.
  static constexpr int kMostPoints = 1000;

  // `texture`: the model also sees what images are made of; it then has no gradient.
  ResponseModel(std::shared_ptr<const Generator> generator, bool texture)
      : generator_(std::move(generator)), texture_(texture) {}

  // Fits it to the measured points of the archive, at least one, with `functions` functions, the
  // first without drawn noise. The kernel is chosen anew when there are a fifth more points than
  // the last time. Errors of the generator.
  absl::Status Fit(const ObservationArchive& archive, int functions, Rng& rng);

  // After Fit(). Sketches of images in the model's terms: [feature][image]. Errors of the
  // generator.
  absl::StatusOr<Eigen::MatrixXf> Features(absl::Span<const LatentPoint> points) const;

  // The archive's numbers of the points of process(), in its order.
  const std::vector<int>& points() const { return chosen_; }
  // The measured point with the highest answer, by its number in the archive.
  int best() const { return best_; }
  double best_mean() const { return best_mean_; }  // in units of `scale()`
  // The answer for it, in the archive's units.
  ObservationArchive::Estimate EstimateOfBest() const;

  const GaussianProcess& process() const { return *process_; }
  const ScoreScale& scale() const { return *scale_; }
  const ImageFeatures& features() const { return *features_; }

 private:
  absl::Status MakeFeatures();
  absl::Status AddFeatures(const ObservationArchive& archive);
  // Fills chosen_; returns how many points are measured.
  size_t Choose(const ObservationArchive& archive);
  void ChooseKernel(const ObservationArchive& archive, Rng& rng);

  const std::shared_ptr<const Generator> generator_;
  const bool texture_;
  std::optional<ImageFeatures> features_;
  std::vector<Eigen::VectorXf> seen_;  // [archive's number]
  std::vector<int> chosen_;            // archive's numbers of the model's points
  std::optional<ScoreScale> scale_;
  std::optional<KernelChoice> choice_;
  size_t choice_points_ = 0;  // measured when it was made
  std::optional<GaussianProcess> process_;
  int best_ = -1;
  double best_mean_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_MODEL_RESPONSE_MODEL_H_
