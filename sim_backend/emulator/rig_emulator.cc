#include "sim_backend/emulator/rig_emulator.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

// A spike that has no free sample of its own moves within the step of the network that it is from.
constexpr int64_t kStepNanos = 2'000'000;

absl::Status Check(bool good, const char* what) {
  return good ? absl::OkStatus() : absl::InvalidArgumentError(what);
}

}  // namespace

absl::Status RigEmulatorOptions::Validate() const {
  EVOKE_RETURN_IF_ERROR(Check(!units.empty() && units.size() <= 1024, "units: give 1 to 1024"));
  EVOKE_RETURN_IF_ERROR(Check(hash_hz >= 0 && hash_hz <= 1000, "hash: allowed are 0 to 1000 /s"));
  EVOKE_RETURN_IF_ERROR(Check(delay >= absl::ZeroDuration() && delay <= absl::Seconds(10),
                              "delay: allowed are 0 to 10 s"));
  EVOKE_RETURN_IF_ERROR(Check(jitter >= absl::ZeroDuration() && jitter <= absl::Milliseconds(100),
                              "jitter: allowed are 0 to 100 ms"));
  EVOKE_RETURN_IF_ERROR(
      Check(lag >= absl::Seconds(1) && lag <= absl::Seconds(10), "lag: allowed are 1 to 10 s"));
  EVOKE_RETURN_IF_ERROR(Check(std::abs(drift_ppm) <= 1000, "drift: allowed are -1000 to 1000 ppm"));
  EVOKE_RETURN_IF_ERROR(Check(sample_rate_hz >= 1000 && sample_rate_hz <= 100000,
                              "sample rate: allowed are 1000 to 100000 Hz"));
  return Check(!receptive_field || receptive_field->size > 0,
               "receptive field: its size must be positive");
}

RigEmulator::RigEmulator(const RigEmulatorOptions& options, SpikeSource* neurons, RigServer* server,
                         const Clock* clock)
    : options_(options),
      neurons_(neurons),
      server_(server),
      clock_(clock),
      zero_nanos_(clock->MonotonicNanos() - absl::ToInt64Nanoseconds(options.lag)),
      spikes_(options.units.size()),
      hash_(MixSeed({options.seed, HashText("hash")})) {}

RigEmulator::~RigEmulator() { Stop(); }

void RigEmulator::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void RigEmulator::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    wake_.Signal();
  }
  if (thread_.joinable()) thread_.join();
}

int64_t RigEmulator::SampleAt(int64_t local_nanos) const {
  const double seconds = static_cast<double>(local_nanos - zero_nanos_) * 1e-9;
  return std::llround(seconds * options_.sample_rate_hz * (1 + options_.drift_ppm * 1e-6));
}

absl::Status RigEmulator::Show(const v1::PresentationNotice& notice, int64_t onset_local_nanos) {
  v1::PresentationNotice seen = notice;
  seen.mutable_objective()->clear_units();
  for (const std::string& unit : options_.units) {
    seen.mutable_objective()->add_units()->set_unit(unit);
  }
  bool sees = true;
  if (options_.receptive_field) {
    std::optional<v1::Image> image =
        Through(*options_.receptive_field, notice.stimulus().image(), notice.shown());
    sees = image.has_value();
    if (sees) *seen.mutable_stimulus()->mutable_image() = *std::move(image);
  }
  std::vector<absl::StatusOr<std::vector<UnitSpikes>>> answers;
  {
    MutexLock lock(&show_mutex_);
    answers = neurons_->Spikes({&seen, 1});
  }
  EVOKE_RETURN_IF_ERROR(answers[0].status());

  const v1::Trial& trial = notice.trial();
  Rng rng(MixSeed({options_.seed, HashText(trial.name()), static_cast<uint64_t>(trial.attempt())}));
  const auto jitter =
      static_cast<int64_t>(absl::ToDoubleNanoseconds(options_.jitter) * rng.Uniform(-1, 1));
  const int64_t light = onset_local_nanos + absl::ToInt64Nanoseconds(options_.delay) + jitter;
  const v1::Presentation& presentation = trial.presentation();
  const int64_t on = std::max<int64_t>(
      1'000'000, presentation.offset().local_nanos() - presentation.onset().local_nanos());
  const int64_t onset = SampleAt(light);
  const int64_t offset = SampleAt(light + on);

  MutexLock lock(&mutex_);
  if (onset < next_sample_) {
    return absl::UnavailableError(
        absl::StrCat(trial.name(), ": reported too late to be recorded; the emulator's lag of ",
                     absl::FormatDuration(options_.lag), " is too short"));
  }
  const auto word = static_cast<uint16_t>(1 | (trial.sync_code() & 0xff) << 8);
  edges_.emplace(onset, EmulatedEdge{onset, true, word});
  edges_.emplace(offset, EmulatedEdge{offset, false, 0});
  int lost = 0;
  for (size_t k = 0; sees && k < answers[0]->size(); ++k) {
    lost += AddTrain(static_cast<int>(k), onset, (*answers[0])[k].ticks_from_onset);
  }
  if (lost > 0) {
    return absl::OutOfRangeError(
        absl::StrCat(trial.name(), ": ", lost,
                     " spikes are missing: more than the recording has samples; emulate units of "
                     "one position"));
  }
  return absl::OkStatus();
}

int RigEmulator::AddTrain(int channel, int64_t onset_sample, const std::vector<int64_t>& nanos) {
  const auto samples = [&](int64_t t) {
    return static_cast<int64_t>(
        std::floor(static_cast<double>(t) * options_.sample_rate_hz * 1e-9));
  };
  int lost = 0;
  std::set<int64_t>& train = spikes_[static_cast<size_t>(channel)];
  std::vector<int64_t> sorted = nanos;
  std::sort(sorted.begin(), sorted.end());
  for (const int64_t t : sorted) {
    const int64_t wanted = onset_sample + samples(t);
    const int64_t step = t - ((t % kStepNanos) + kStepNanos) % kStepNanos;
    const int64_t first = onset_sample + samples(step);
    const int64_t last = onset_sample + samples(step + kStepNanos) - 1;
    int64_t sample = wanted;
    for (int64_t away = 1; train.contains(sample) && away <= last - first; ++away) {
      if (wanted + away <= last && !train.contains(wanted + away)) {
        sample = wanted + away;
      } else if (wanted - away >= first && !train.contains(wanted - away)) {
        sample = wanted - away;
      }
    }
    if (sample >= next_sample_ && !train.insert(sample).second) ++lost;
  }
  return lost;
}

EmulatedBlock RigEmulator::MakeBlock(int64_t first, int samples) {
  EmulatedBlock block;
  block.first_sample = first;
  block.samples = samples;
  const int64_t end = first + samples;
  for (size_t k = 0; k < spikes_.size(); ++k) {
    std::set<int64_t>& train = spikes_[k];
    const int channel = static_cast<int>(k);
    const double mean = options_.hash_hz * samples / options_.sample_rate_hz;
    for (int64_t n = mean > 0 ? hash_.Poisson(mean) : 0; n > 0; --n) {
      const int64_t sample = first + hash_.Index(samples);
      if (!train.contains(sample)) block.spikes.push_back({sample, channel, 0});
    }
    const auto sent = train.lower_bound(end);
    for (auto it = train.begin(); it != sent; ++it) block.spikes.push_back({*it, channel, 1});
    train.erase(train.begin(), sent);
  }
  std::sort(block.spikes.begin(), block.spikes.end(),
            [](const EmulatedSpike& a, const EmulatedSpike& b) {
              return std::pair(a.sample, a.channel) < std::pair(b.sample, b.channel);
            });
  block.spikes.erase(std::unique(block.spikes.begin(), block.spikes.end(),
                                 [](const EmulatedSpike& a, const EmulatedSpike& b) {
                                   return a.sample == b.sample && a.channel == b.channel;
                                 }),
                     block.spikes.end());
  const auto sent = edges_.lower_bound(end);
  for (auto it = edges_.begin(); it != sent; ++it) block.edges.push_back(it->second);
  edges_.erase(edges_.begin(), sent);
  return block;
}

void RigEmulator::Loop() {
  const int samples = server_->block_samples();
  const absl::Duration length = absl::Seconds(samples / options_.sample_rate_hz);
  while (true) {
    EmulatedBlock block;
    {
      MutexLock lock(&mutex_);
      const auto due = [&] {
        return SampleAt(clock_->MonotonicNanos() - absl::ToInt64Nanoseconds(options_.lag)) >=
               next_sample_ + samples;
      };
      while (!stopping_ && !due()) wake_.WaitWithTimeout(&mutex_, length / 8);
      if (stopping_) return;
      block = MakeBlock(next_sample_, samples);
      next_sample_ += samples;
    }
    if (server_->acquiring()) server_->Send(block);
  }
}

std::optional<v1::Image> Through(const RigEmulatorOptions::ReceptiveField& field,
                                 const v1::Image& image, const v1::PresentationSpec& shown) {
  const double size = shown.has_size_deg() ? shown.size_deg() : shown.size_px();
  if (size <= 0 || image.width() < 1) return image;
  const double height = size * image.height() / image.width();
  if (std::abs(field.x - shown.center_x()) > size / 2 ||
      std::abs(field.y - shown.center_y()) > height / 2) {
    return std::nullopt;
  }
  v1::Image seen = image;
  const int background = shown.has_background() ? static_cast<int>(shown.background()) : 128;
  for (int row = 0; row < image.height(); ++row) {
    for (int col = 0; col < image.width(); ++col) {
      // Where on the screen this pixel of the field looks, and which pixel of the stimulus is
      // there.
      const double right = field.x + ((col + 0.5) / image.width() - 0.5) * field.size;
      const double up = field.y + (0.5 - (row + 0.5) / image.height()) * field.size;
      const double x = std::floor(((right - shown.center_x()) / size + 0.5) * image.width());
      const double y = std::floor((0.5 - (up - shown.center_y()) / height) * image.height());
      const bool inside = x >= 0 && x < image.width() && y >= 0 && y < image.height();
      for (int c = 0; c < 3; ++c) {
        const size_t to = static_cast<size_t>((row * image.width() + col) * 3 + c);
        (*seen.mutable_rgb())[to] =
            inside ? image.rgb()[static_cast<size_t>(
                         (static_cast<int>(y) * image.width() + static_cast<int>(x)) * 3 + c)]
                   : static_cast<char>(background);
      }
    }
  }
  return seen;
}

}  // namespace evoke
