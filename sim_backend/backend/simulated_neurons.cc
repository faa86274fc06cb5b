#include "sim_backend/backend/simulated_neurons.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/random.h"
#include "common/resource_name.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

// The presentations whose units are the same can share one call of the network.
std::string UnitsKey(const v1::ObjectiveSpec& objective) {
  std::string key;
  for (const auto& u : objective.units()) absl::StrAppend(&key, u.unit(), "\n");
  return key;
}

absl::StatusOr<Image> ImageOf(const v1::PresentationNotice& notice) {
  const v1::Image& proto = notice.stimulus().image();
  Image image{proto.width(), proto.height(), {proto.rgb().begin(), proto.rgb().end()}};
  if (!image.valid()) return absl::InvalidArgumentError("the notice holds no whole image");
  return image;
}

// What makes a presentation's noise. The experiment's own name is left out: two runs of one
// specification draw the same noise.
std::array<uint64_t, 3> KeyOf(const v1::PresentationNotice& notice) {
  const std::string& name = notice.stimulus().name();
  const absl::StatusOr<ParsedStimulusName> parsed = ParseStimulusName(name);
  return {notice.seed(), HashText(parsed.ok() ? parsed->id : name),
          static_cast<uint64_t>(notice.trial().repeat())};
}

}  // namespace

absl::Status NeuronOptions::Validate() const {
  if (latency < absl::ZeroDuration() || latency > absl::Seconds(10)) {
    return absl::InvalidArgumentError("latency: allowed are 0 to 10 s");
  }
  if (!(spontaneous_hz >= 0 && spontaneous_hz <= 1000)) {
    return absl::InvalidArgumentError("spontaneous rate: allowed are 0 to 1000 spikes/s");
  }
  if (!(reliability > 0 && reliability <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("reliability: ", reliability, " is given, allowed are above 0 to 1"));
  }
  return absl::OkStatus();
}

std::vector<absl::StatusOr<std::vector<UnitSpikes>>> SimulatedNeurons::Spikes(
    absl::Span<const v1::PresentationNotice> presentations) {
  std::vector<absl::StatusOr<std::vector<UnitSpikes>>> answers(
      presentations.size(), absl::StatusOr<std::vector<UnitSpikes>>(absl::UnknownError("")));
  std::map<std::string, std::vector<size_t>> groups;
  for (size_t i = 0; i < presentations.size(); ++i) {
    groups[UnitsKey(presentations[i].objective())].push_back(i);
  }
  for (const auto& [key, members] : groups) {
    std::vector<NetworkUnit> units;
    absl::Status status;
    for (const auto& u : presentations[members[0]].objective().units()) {
      const absl::StatusOr<NetworkUnit> unit = ParseUnit(network_->layers(), u.unit());
      if (!unit.ok()) status = unit.status();
      if (unit.ok()) units.push_back(*unit);
    }
    std::vector<Image> images;
    std::vector<uint64_t> seeds;
    for (size_t i : members) {
      const auto [seed, stimulus, repeat] = KeyOf(presentations[i]);
      seeds.push_back(MixSeed({seed, stimulus, repeat}));
      absl::StatusOr<Image> image = ImageOf(presentations[i]);
      if (!image.ok()) status = image.status();
      if (image.ok()) images.push_back(*std::move(image));
    }
    const auto spikes =
        status.ok() ? network_->RespondSeeded(images, units, seeds)
                    : absl::StatusOr<std::vector<std::vector<StepSpikes>>>(std::move(status));
    for (size_t k = 0; k < members.size(); ++k) {
      const v1::PresentationNotice& notice = presentations[members[k]];
      if (!spikes.ok()) {
        answers[members[k]] = spikes.status();
        continue;
      }
      std::vector<UnitSpikes> answer;
      for (int u = 0; u < notice.objective().units_size(); ++u) {
        const std::string& name = notice.objective().units(u).unit();
        answer.push_back({name, ToSpikeTimes((*spikes)[k][u], notice, name)});
      }
      answers[members[k]] = std::move(answer);
    }
  }
  return answers;
}

std::vector<int64_t> SimulatedNeurons::EvokedTimes(const StepSpikes& steps, Rng& rng) const {
  const int64_t step = absl::ToInt64Nanoseconds(network_->step_duration());
  const int64_t latency = absl::ToInt64Nanoseconds(options_.latency);
  std::vector<int64_t> times;
  if (options_.noise == NeuronOptions::Noise::kPoisson) {
    for (size_t t = 0; t < steps.size(); ++t) {
      const int64_t begin = latency + static_cast<int64_t>(t) * step;
      for (int64_t n = rng.Poisson(steps[t]); n > 0; --n) {
        times.push_back(begin + static_cast<int64_t>(rng.Uniform() * static_cast<double>(step)));
      }
    }
    return times;
  }
  // The neuron fires whenever the expected spikes so far, and `phase`, pass a whole number. With 1
  // the spikes of a step begin at its beginning; 0.5 rounds the number of spikes of the response; a
  // random one makes it right on average.
  const bool whole =
      std::all_of(steps.begin(), steps.end(), [](float n) { return n == std::round(n); });
  double phase = whole ? 1 : 0.5;
  double gain = 1;
  if (options_.noise == NeuronOptions::Noise::kMultiplicative) {
    const double variance = std::log1p((1 / options_.reliability - 1) / 2);
    gain = std::exp(std::sqrt(variance) * rng.Normal() - variance / 2);
    phase = rng.Uniform();
  }
  double expected = 0;
  double next = 1 - phase;
  for (size_t t = 0; t < steps.size(); ++t) {
    const int64_t begin = latency + static_cast<int64_t>(t) * step;
    const double n = gain * steps[t];
    for (; next < expected + n; ++next) {
      const double share = std::max(0.0, next - expected) / n;
      times.push_back(begin + std::llround(share * static_cast<double>(step)));
    }
    expected += n;
  }
  return times;
}

std::vector<int64_t> SimulatedNeurons::ToSpikeTimes(const StepSpikes& steps,
                                                    const v1::PresentationNotice& notice,
                                                    const std::string& unit) const {
  const auto [seed, stimulus, repeat] = KeyOf(notice);
  Rng rng(MixSeed({seed, stimulus, repeat, HashText(unit)}));
  const int64_t step = absl::ToInt64Nanoseconds(network_->step_duration());
  const int64_t latency = absl::ToInt64Nanoseconds(options_.latency);
  std::vector<int64_t> times = EvokedTimes(steps, rng);
  if (options_.spontaneous_hz > 0) {
    // Around the onset as far as anybody may look: a second on either side of the response.
    constexpr int64_t kSecond = 1'000'000'000;
    const int64_t begin = -kSecond;
    const int64_t end = latency + static_cast<int64_t>(steps.size()) * step + kSecond;
    const double mean = options_.spontaneous_hz * static_cast<double>(end - begin) / kSecond;
    for (int64_t n = rng.Poisson(mean); n > 0; --n) {
      times.push_back(begin +
                      static_cast<int64_t>(rng.Uniform() * static_cast<double>(end - begin)));
    }
  }
  return times;
}

v1::Client::Backend SimulatedNeurons::Describe() const {
  v1::Client::Backend backend;
  backend.set_needs_image(true);
  backend.set_adapter("simulation");
  for (const NetworkLayer& layer : network_->layers()) {
    for (int channel = 0; channel < layer.channels; ++channel) {
      v1::Client::Unit& unit = *backend.add_units();
      unit.set_name(absl::StrCat(layer.name, "/", channel));
      if (layer.rows * layer.cols > 1) {
        unit.set_rows(layer.rows);
        unit.set_cols(layer.cols);
      }
    }
  }
  return backend;
}

}  // namespace evoke
