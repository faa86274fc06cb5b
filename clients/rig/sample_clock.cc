#include "clients/rig/sample_clock.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace evoke {
namespace {

// Some minutes of trials: longer than the jitter needs, shorter than temperature drifts.
constexpr size_t kKept = 256;
constexpr double kDriftSd = 100e-6;
// What an onset's stamps scatter at least, seconds: keeps a few pairs from inventing a drift.
constexpr double kNoise = 200e-6;
// Pairs beyond this many median deviations are left out.
constexpr double kFar = 5;

}  // namespace

double SampleClock::Seconds(const Pair& pair) const {
  return static_cast<double>(pair.session_nanos - zero_.session_nanos) * 1e-9;
}

double SampleClock::Lead(const Pair& pair) const {
  return static_cast<double>(pair.sample - zero_.sample) / rate_ - Seconds(pair);
}

void SampleClock::Add(int64_t session_nanos, int64_t sample) {
  pairs_.push_back({session_nanos, sample});
  if (pairs_.size() > kKept) pairs_.pop_front();
  zero_ = pairs_.front();
  Fit(std::numeric_limits<double>::infinity());
  if (pairs_.size() < 4) return;
  std::vector<double> distances;
  for (const Pair& pair : pairs_) distances.push_back(std::abs(Deviation(pair)));
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
  std::nth_element(distances.begin(), middle, distances.end());
  Fit(std::max(kFar * *middle, kFar * kNoise));
}

void SampleClock::Fit(double within) {
  double n = 0, st = 0, sl = 0, stt = 0, stl = 0;
  std::vector<Pair> used;
  for (const Pair& pair : pairs_) {
    if (std::abs(Deviation(pair)) <= within || std::isinf(within)) used.push_back(pair);
  }
  for (const Pair& pair : used) {
    const double t = Seconds(pair), lead = Lead(pair);
    n += 1;
    st += t;
    sl += lead;
    stt += t * t;
    stl += t * lead;
  }
  if (n == 0) return;
  const double variance = stt - st * st / n;
  const double covariance = stl - st * sl / n;
  const double ridge = kNoise * kNoise / (kDriftSd * kDriftSd);
  drift_ = covariance / (variance + ridge);
  lead_ = (sl - drift_ * st) / n;
  double squares = 0;
  for (const Pair& pair : used) squares += Deviation(pair) * Deviation(pair);
  residual_ = std::sqrt(squares / n);
}

int64_t SampleClock::ToSample(int64_t session_nanos) const {
  const double t = static_cast<double>(session_nanos - zero_.session_nanos) * 1e-9;
  return zero_.sample + std::llround((t + lead_ + drift_ * t) * rate_);
}

int64_t SampleClock::ToSession(int64_t sample) const {
  const double lead_time = static_cast<double>(sample - zero_.sample) / rate_;
  return zero_.session_nanos + std::llround((lead_time - lead_) / (1 + drift_) * 1e9);
}

v1::ClockFit SampleClock::ToProto() const {
  v1::ClockFit fit;
  if (!known()) return fit;
  fit.set_offset_nanos(ToSession(0));
  fit.set_drift_ppm(drift_ * 1e6);
  fit.set_residual_nanos(std::llround(residual_ * 1e9));
  fit.set_onsets(static_cast<int32_t>(pairs_.size()));
  return fit;
}

}  // namespace evoke
