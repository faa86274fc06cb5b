#include "server/optimizer/model/response_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr int kPriorImages = 256;  // whose mean and spread the features are measured against
constexpr int kKernelPoints = 250;
constexpr double kLengths[] = {0.35, 0.7, 1.4, 2.8, 5.6};  // times the median distance
constexpr double kNoises[] = {0.001, 0.03, 0.3, 1};        // where it is not known

Eigen::MatrixXf Columns(const std::vector<Eigen::VectorXf>& features, const std::vector<int>& ids) {
  Eigen::MatrixXf columns(features[0].size(), static_cast<Eigen::Index>(ids.size()));
  for (size_t i = 0; i < ids.size(); ++i) {
    columns.col(static_cast<Eigen::Index>(i)) = features[static_cast<size_t>(ids[i])];
  }
  return columns;
}

double MedianDistance(const Eigen::MatrixXf& points) {
  const Eigen::MatrixXf squares = SquaredDistances(points, points);
  std::vector<float> above;
  for (Eigen::Index j = 1; j < squares.cols(); ++j) {
    for (Eigen::Index i = 0; i < j; ++i) above.push_back(squares(i, j));
  }
  if (above.empty()) return 1;
  std::nth_element(above.begin(), above.begin() + above.size() / 2, above.end());
  const double median = std::sqrt(above[above.size() / 2]);
  return median > 0 ? median : 1;
}

}  // namespace

absl::StatusOr<Eigen::MatrixXf> ResponseModel::Features(absl::Span<const LatentPoint> points) {
  if (!features_) {
    // Of a fixed seed: what an image is described by does not depend on the experiment.
    Rng rng(HashText("image features"));
    std::vector<LatentPoint> prior(kPriorImages);
    for (LatentPoint& point : prior) point = generator_->latent_space().Sample(rng);
    EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> images, generator_->Decode(prior));
    features_.emplace(images, texture_);
  }
  EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> images, generator_->Decode(points));
  Eigen::MatrixXf columns(features_->size(), static_cast<Eigen::Index>(images.size()));
  for (size_t i = 0; i < images.size(); ++i) {
    columns.col(static_cast<Eigen::Index>(i)) = features_->Of(images[i]);
  }
  return columns;
}

absl::Status ResponseModel::AddFeatures(const ObservationArchive& archive) {
  std::vector<LatentPoint> fresh;
  for (int id = static_cast<int>(seen_.size()); id < archive.size(); ++id) {
    fresh.push_back(archive.entry(id).point);
  }
  if (fresh.empty()) return absl::OkStatus();
  EVOKE_ASSIGN_OR_RETURN(const Eigen::MatrixXf columns, Features(fresh));
  for (Eigen::Index i = 0; i < columns.cols(); ++i) seen_.emplace_back(columns.col(i));
  return absl::OkStatus();
}

void ResponseModel::Choose(const ObservationArchive& archive) {
  chosen_.clear();
  for (int id = 0; id < archive.size(); ++id) {
    if (archive.measured(id)) chosen_.push_back(id);
  }
  if (chosen_.size() <= kMostPoints) return;
  const Eigen::VectorXf& centre = seen_[static_cast<size_t>(best_ >= 0 ? best_ : archive.Best())];
  std::vector<float> distance(seen_.size());
  for (const int id : chosen_) {
    distance[static_cast<size_t>(id)] = (seen_[static_cast<size_t>(id)] - centre).squaredNorm();
  }
  std::nth_element(
      chosen_.begin(), chosen_.begin() + kMostPoints, chosen_.end(), [&](int a, int b) {
        const auto key = [&](int id) { return std::pair(distance[static_cast<size_t>(id)], id); };
        return key(a) < key(b);
      });
  chosen_.resize(kMostPoints);
  std::sort(chosen_.begin(), chosen_.end());
}

// The best third, which is what the kernel has to describe, and others at random.
void ResponseModel::ChooseKernel(const ObservationArchive& archive, Rng& rng) {
  std::vector<int> ids = chosen_;
  if (ids.size() > kKernelPoints) {
    constexpr int kBest = kKernelPoints / 3;
    std::partial_sort(ids.begin(), ids.begin() + kBest, ids.end(), [&](int a, int b) {
      return std::pair(-archive.entry(a).mean, a) < std::pair(-archive.entry(b).mean, b);
    });
    rng.Shuffle(std::span<int>(ids).subspan(kBest));
    ids.resize(kKernelPoints);
  }
  const Eigen::MatrixXf points = Columns(seen_, ids);
  Eigen::VectorXd values(static_cast<Eigen::Index>(ids.size()));
  Eigen::VectorXd noise(values.size());
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    const ObservationArchive::Entry& entry = archive.entry(ids[static_cast<size_t>(i)]);
    values[i] = scale_->ToModel(entry.mean);
    noise[i] = scale_->NoiseOf(entry.trials);
  }
  const double median = MedianDistance(points);
  double best = -std::numeric_limits<double>::infinity();
  for (const double length : kLengths) {
    if (scale_->noise_known()) {
      // Short lengths explain noise as detail.
      if (length < 0.5) continue;
      const double variance = std::max(0.1, 1 - noise.mean());
      const GpKernel kernel = {length * median, variance};
      const double fit = GaussianProcess(points, kernel, noise, values).LogLikelihood();
      if (fit > best) {
        best = fit;
        kernel_ = kernel;
      }
      continue;
    }
    for (const double unknown : kNoises) {
      const GpKernel kernel = {length * median, 1};
      noise.setConstant(unknown);
      const double fit = GaussianProcess(points, kernel, noise, values).ProfiledLogLikelihood();
      if (fit > best) {
        best = fit;
        kernel_ = kernel;
        unknown_noise_ = unknown;
      }
    }
  }
}

absl::Status ResponseModel::Fit(const ObservationArchive& archive, int functions,
                                bool choose_kernel, Rng& rng) {
  EVOKE_RETURN_IF_ERROR(AddFeatures(archive));
  scale_.emplace(archive);
  Choose(archive);
  if (choose_kernel || !kernel_) ChooseKernel(archive, rng);
  const auto n = static_cast<Eigen::Index>(chosen_.size());
  Eigen::MatrixXd values(n, functions);
  Eigen::VectorXd noise(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const ObservationArchive::Entry& entry = archive.entry(chosen_[static_cast<size_t>(i)]);
    noise[i] = scale_->noise_known() ? scale_->NoiseOf(entry.trials) : unknown_noise_;
    values.row(i).setConstant(scale_->ToModel(entry.mean));
    for (int f = 1; f < functions; ++f) values(i, f) += std::sqrt(noise[i]) * rng.Normal();
  }
  process_.emplace(Columns(seen_, chosen_), *kernel_, noise, values);
  Eigen::Index best;
  best_mean_ = process_->means().col(0).maxCoeff(&best);
  best_ = chosen_[static_cast<size_t>(best)];
  return absl::OkStatus();
}

ObservationArchive::Estimate ResponseModel::EstimateOfBest() const {
  ObservationArchive::Estimate estimate;
  estimate.score = scale_->FromModel(best_mean_);
  if (scale_->noise_known()) {
    const Eigen::MatrixXf at = seen_[static_cast<size_t>(best_)];
    estimate.standard_error = scale_->SlopeAt(best_mean_) * process_->Deviation(at)[0];
  }
  return estimate;
}

}  // namespace evoke
