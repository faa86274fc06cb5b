// What the benchmark searches: a generator's images that drive the units of a network.
#ifndef EVOKE_TESTS_BENCH_OPTIMIZERS_FAMILIES_H_
#define EVOKE_TESTS_BENCH_OPTIMIZERS_FAMILIES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/generator/generator.h"
#include "sim_backend/networks/network.h"

namespace evoke {

struct FamilySpec {
  const char* name;  // no dots: it is part of a figure's name
  const char* generator;
  const char* network;
  bool spiking;  // the network
};

// Every shipped generator with every shipped network that knows its kind of images.
absl::Span<const FamilySpec> AllFamilies();

struct BenchmarkUnit {
  std::string name;
  NetworkUnit unit;
  // Expected spikes are multiplied by it. A pooled unit of a spiking network fires the spikes of
  // all its positions, thousands a trial; the benchmark takes their mean, as rectified networks do,
  // so that a Poisson count is as noisy as a neuron's.
  double scale = 1;
  bool report = false;  // of the half that is reported; methods are tuned on the other
};

// Thread-safe after Load().
//
// The units are drawn by a rule, not by hand: from three layers (the middle one, the last but one,
// the classes) in turn, pooled channels and single positions in turn, by a fixed seed, among those
// that answer to at least one of twenty natural images (gray for a gray generator): a silent unit
// has no best stimulus. In each layer, of four units in turn the first two are for tuning and the
// others are reported. Asking for more units changes none of the first ones.
class Family {
 public:
  // Draws 2 * units_per_half units, 1 to 12 for each half.
  static absl::StatusOr<std::unique_ptr<Family>> Load(const FamilySpec& spec,
                                                      const std::string& model_dir,
                                                      int units_per_half);

  const FamilySpec& spec() const { return spec_; }
  const std::shared_ptr<const Generator>& generator() const { return generator_; }
  const std::vector<BenchmarkUnit>& units() const { return units_; }
  // Which weights the responses are of: 16 hex digits.
  std::string models() const;

  // The expected spike count of `unit` for each point, without noise.
  absl::StatusOr<std::vector<double>> Expected(absl::Span<const LatentPoint> points,
                                               const BenchmarkUnit& unit) const;
  // Of all units(): [point][unit].
  absl::StatusOr<std::vector<std::vector<double>>> ExpectedOfAll(
      absl::Span<const LatentPoint> points) const;

 private:
  Family(const FamilySpec& spec, std::shared_ptr<const Generator> generator,
         std::unique_ptr<Network> network)
      : spec_(spec), generator_(std::move(generator)), network_(std::move(network)) {}
  absl::Status DrawUnits(int units_per_half);
  absl::StatusOr<std::vector<std::vector<double>>> Counts(absl::Span<const Image> images,
                                                          absl::Span<const BenchmarkUnit>) const;

  const FamilySpec spec_;
  const std::shared_ptr<const Generator> generator_;
  const std::unique_ptr<Network> network_;
  std::vector<BenchmarkUnit> units_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_OPTIMIZERS_FAMILIES_H_
