#include "server/optimizer/replicating_optimizer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/status_macros.h"

namespace evoke {

ReplicatingOptimizer::ReplicatingOptimizer(std::unique_ptr<Optimizer> inner, double share,
                                           LatentSpace space)
    : BatchOptimizer(std::move(space)), inner_(std::move(inner)), share_(share) {}

absl::StatusOr<std::vector<LatentPoint>> ReplicatingOptimizer::Propose() {
  EVOKE_RETURN_IF_ERROR(inner_status_);
  EVOKE_ASSIGN_OR_RETURN(own_, inner_->Ask());
  std::vector<LatentPoint> batch = own_;
  const double room = saved_ + static_cast<double>(batch.size()) * share_ / (1 - share_);
  saved_ = room - std::floor(room);
  // Last in the batch: a budget that cuts it off leaves the method its own.
  for (int id : Contenders(static_cast<int>(room), batch)) {
    batch.push_back(archive().entry(id).point);
  }
  return batch;
}

std::vector<int> ReplicatingOptimizer::Contenders(int count,
                                                  absl::Span<const LatentPoint> batch) const {
  const int best = archive().Best();
  if (best < 0 || count == 0) return {};
  // Means, not the archive's shrunken estimates: these would hold a single high count for luck, and
  // whether it is one is just what another measurement is to tell.
  const ObservationArchive::Entry& top = archive().entry(best);
  struct Contender {
    int id;
    double bound;
  };
  std::vector<Contender> contenders;
  for (int id = 0; id < archive().size(); ++id) {
    if (!archive().measured(id)) continue;
    const ObservationArchive::Entry& entry = archive().entry(id);
    const double error = std::sqrt(top.variance + entry.variance);
    if (id != best && top.mean - entry.mean >= kDeviations * error) continue;
    contenders.push_back({id, entry.mean + kDeviations * std::sqrt(entry.variance)});
  }
  if (contenders.size() < 2) return {};
  std::stable_sort(contenders.begin(), contenders.end(),
                   [](const Contender& a, const Contender& b) { return a.bound > b.bound; });
  std::vector<int> chosen;
  for (const Contender& contender : contenders) {
    if (static_cast<int>(chosen.size()) == count) break;
    const ObservationArchive::Entry& entry = archive().entry(contender.id);
    // Without noise another measurement tells nothing.
    if (entry.variance <= 0) continue;
    if (std::find(batch.begin(), batch.end(), entry.point) != batch.end()) continue;
    chosen.push_back(contender.id);
  }
  return chosen;
}

void ReplicatingOptimizer::Learn(absl::Span<const int> ids, bool adopted) {
  const std::vector<LatentPoint> own = std::exchange(own_, {});
  const auto is_entry = [this](const LatentPoint& point, int id) {
    return archive().entry(id).point == point;
  };
  // Also where a batch was adopted: another version may have chosen other replicates only.
  if (!own.empty() && own.size() <= ids.size() &&
      std::equal(own.begin(), own.end(), ids.begin(), is_entry)) {
    TellInner(ids.first(own.size()));
    return;
  }
  std::vector<int> fresh;
  std::vector<LatentPoint> points;
  for (int id : ids) {
    const bool known = id < static_cast<int>(told_.size()) && told_[id].trials > 0;
    if (known) continue;
    fresh.push_back(id);
    points.push_back(archive().entry(id).point);
  }
  if (fresh.empty()) return;
  inner_status_.Update(inner_->Adopt(points));
  TellInner(fresh);
}

void ReplicatingOptimizer::TellInner(absl::Span<const int> ids) {
  told_.resize(archive().size());
  std::vector<Observation> observations;
  for (int id : ids) {
    observations.push_back(Untold(id));
    const ObservationArchive::Entry& entry = archive().entry(id);
    told_[id] = {.score = entry.mean, .variance = entry.variance, .trials = entry.trials};
  }
  inner_status_.Update(inner_->Tell(observations));
}

Observation ReplicatingOptimizer::Untold(int id) const {
  const ObservationArchive::Entry& entry = archive().entry(id);
  const Observation& told = told_[id];
  if (told.trials == 0) {
    return {.score = entry.mean, .variance = entry.variance, .trials = entry.trials};
  }
  const int trials = entry.trials - told.trials;
  if (trials == 0) return {};  // lost this time
  // The archive pools by trials; this takes the part that was told out of the pool again.
  const double all = static_cast<double>(entry.trials) / trials;
  const double part = static_cast<double>(told.trials) / trials;
  return {.score = all * entry.mean - part * told.score,
          .variance = std::max(0.0, all * all * entry.variance - part * part * told.variance),
          .trials = trials};
}

}  // namespace evoke
