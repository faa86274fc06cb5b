#include "server/optimizer/model/response_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr int kPriorImages = 256;  // whose mean and spread the features are measured against
constexpr double kGrowth = 1.2;    // of the data, until the kernel is chosen anew
constexpr int kKernelPoints = 250;

Eigen::MatrixXf Columns(const std::vector<Eigen::VectorXf>& features, const std::vector<int>& ids) {
  Eigen::MatrixXf columns(features[0].size(), static_cast<Eigen::Index>(ids.size()));
  for (size_t i = 0; i < ids.size(); ++i) {
    columns.col(static_cast<Eigen::Index>(i)) = features[static_cast<size_t>(ids[i])];
  }
  return columns;
}

}  // namespace

absl::Status ResponseModel::MakeFeatures() {
  // Of a fixed seed: what an image is described by does not depend on the experiment.
  Rng rng(HashText("image features"));
  std::vector<LatentPoint> prior(kPriorImages);
  for (LatentPoint& point : prior) point = generator_->latent_space().Sample(rng);
  EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> images, generator_->Sketch(prior));
  features_.emplace(images, texture_);
  return absl::OkStatus();
}

absl::StatusOr<Eigen::MatrixXf> ResponseModel::Features(
    absl::Span<const LatentPoint> points) const {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> images, generator_->Sketch(points));
  return features_->Of(images);
}

absl::Status ResponseModel::AddFeatures(const ObservationArchive& archive) {
  std::vector<LatentPoint> fresh;
  for (int id = static_cast<int>(seen_.size()); id < archive.size(); ++id) {
    fresh.push_back(archive.entry(id).point);
  }
  if (fresh.empty()) return absl::OkStatus();
  if (!features_) EVOKE_RETURN_IF_ERROR(MakeFeatures());
  EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> images, generator_->Decode(fresh));
  for (const Image& image : images) seen_.push_back(features_->Of(image));
  return absl::OkStatus();
}

size_t ResponseModel::Choose(const ObservationArchive& archive) {
  chosen_.clear();
  for (int id = 0; id < archive.size(); ++id) {
    if (archive.measured(id)) chosen_.push_back(id);
  }
  const size_t measured = chosen_.size();
  if (measured <= kMostPoints) return measured;
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
  return measured;
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
  Eigen::VectorXd values(static_cast<Eigen::Index>(ids.size()));
  std::optional<Eigen::VectorXd> noise;
  if (scale_->noise_known()) noise.emplace(values.size());
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    const ObservationArchive::Entry& entry = archive.entry(ids[static_cast<size_t>(i)]);
    values[i] = scale_->ToModel(entry.mean);
    if (noise) (*noise)[i] = scale_->NoiseOf(entry.trials);
  }
  choice_ = evoke::ChooseKernel(Columns(seen_, ids), values, noise);
}

absl::Status ResponseModel::Fit(const ObservationArchive& archive, int functions, Rng& rng) {
  EVOKE_RETURN_IF_ERROR(AddFeatures(archive));
  scale_.emplace(archive);
  const size_t measured = Choose(archive);
  if (!choice_ || static_cast<double>(measured) >= kGrowth * static_cast<double>(choice_points_)) {
    ChooseKernel(archive, rng);
    choice_points_ = measured;
  }
  const auto n = static_cast<Eigen::Index>(chosen_.size());
  Eigen::MatrixXd values(n, functions);
  Eigen::VectorXd noise(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const ObservationArchive::Entry& entry = archive.entry(chosen_[static_cast<size_t>(i)]);
    noise[i] = scale_->noise_known() ? scale_->NoiseOf(entry.trials) : choice_->noise;
    values.row(i).setConstant(scale_->ToModel(entry.mean));
    for (int f = 1; f < functions; ++f) values(i, f) += std::sqrt(noise[i]) * rng.Normal();
  }
  process_.emplace(Columns(seen_, chosen_), choice_->kernel, noise, values);
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
