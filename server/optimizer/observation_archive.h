// Every point that was ever measured, and what is believed about it.
#ifndef EVOKE_SERVER_OPTIMIZER_OBSERVATION_ARCHIVE_H_
#define EVOKE_SERVER_OPTIMIZER_OBSERVATION_ARCHIVE_H_

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "server/latent/latent_space.h"
#include "server/optimizer/optimizer.h"

namespace evoke {

// Not thread-safe. Entries are numbered in the order in which the points were first told.
class ObservationArchive {
 public:
  // A point that was lost this often is not asked for again.
  static constexpr int kMaxLosses = 3;

  struct Entry {
    LatentPoint point;
    double mean = 0;      // over all trials
    double variance = 0;  // of that mean; 0 if unknown or noise-free
    int trials = 0;
    int measurements = 0;  // that gave valid trials
    int losses = 0;        // how often a measurement gave no valid trial
  };

  struct Estimate {
    double score = 0;
    double standard_error = 0;
  };

  // Adds a measurement and returns the number of the point's entry. Repeated measurements are
  // pooled by trials, not by precision: a count's variance is itself guessed from the count, so
  // that weights by precision would favour the low counts.
  int Record(const LatentPoint& point, const Observation& observation);

  int size() const { return static_cast<int>(entries_.size()); }
  const Entry& entry(int id) const { return entries_[id]; }
  // The entry's number, or -1.
  int Find(const LatentPoint& point) const;
  bool measured(int id) const { return entries_[id].trials > 0; }
  // True if the point may be asked for: it has no valid measurement, and was not lost too often.
  bool IsOpen(const LatentPoint& point) const;

  // Shrinkage: points are taken as draws from a normal distribution whose mean and variance are
  // those of all measured points (method of moments: the variance of the means less the mean
  // error variance); the estimate is the posterior mean of the point. Without error variance it
  // is the mean. Requires measured(id).
  Estimate EstimateOf(int id) const;
  // Whether point `a` is believed better than `b`: by estimate, and by mean where the estimates
  // are equal (while noise hides all differences, all estimates are). Requires measured().
  bool IsBetter(int a, int b) const;
  // The best measured point, the earliest among equals; -1 if there is none.
  int Best() const;
  // True if there are at least two measured points and all have the same mean.
  bool AllEqual() const;
  // Quartile distance of the means of all measured points; their standard deviation where it is
  // 0 (a silent neuron), 1 where that is 0 as well.
  double Spread() const;

 private:
  struct Prior {
    double mean = 0;
    double variance = 0;
  };
  const Prior& prior() const;

  std::vector<Entry> entries_;
  absl::flat_hash_map<LatentPoint, int> ids_;
  mutable Prior prior_;
  mutable bool prior_is_current_ = false;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_OBSERVATION_ARCHIVE_H_
