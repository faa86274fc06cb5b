#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/random.h"
#include "common/status_macros.h"
#include "stimulus_display/client/display_loop.h"
#include "tests/bench/display/scenes.h"

namespace evoke {
namespace {

constexpr int kSizes[] = {32, 64, 128, 256, 512, 1024};

// A lease as it comes from the server, in bytes.
std::string LeaseOf(int size, uint64_t seed, double hz) {
  v1::TrialLease lease;
  v1::Image& image = *lease.mutable_stimulus()->mutable_image();
  image.set_width(static_cast<uint32_t>(size));
  image.set_height(static_cast<uint32_t>(size));
  Rng rng(seed);
  std::string& rgb = *image.mutable_rgb();
  rgb.resize(static_cast<size_t>(size) * static_cast<size_t>(size) * 3);
  for (char& value : rgb) value = static_cast<char>(rng.Index(256));
  lease.mutable_trial()->set_sync_code(static_cast<uint32_t>(seed % 0xffff) + 1);
  v1::PresentationSpec& spec = *lease.mutable_presentation();
  spec.set_size_px(256);
  spec.mutable_on_duration()->set_nanos(static_cast<int32_t>(1e9 / hz));
  spec.mutable_off_duration()->set_nanos(static_cast<int32_t>(1e9 / hz));
  return lease.SerializeAsString();
}

double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

// One image at a time, at any moment of a refresh, with the screen idle: the wait for the slack of
// the next refresh is part of the way.
absl::StatusOr<PartValues> RunDecode(const PartSize& size) {
  constexpr double kHz = 60;
  const int each = std::clamp(size.presentations / 20, 10, 100);
  DisplaySessionOptions options = SceneOptions(kHz, true);
  options.presenter.queue_capacity = 1;
  EVOKE_ASSIGN_OR_RETURN(const auto session, DisplaySession::Start(options));
  const int n = each * static_cast<int>(std::size(kSizes));
  const auto clock = NewSystemClock();
  Rng rng(1);
  std::vector<int64_t> received(static_cast<size_t>(n));
  absl::Status refused;
  EVOKE_ASSIGN_OR_RETURN(const DisplayRun run, session->Show(n, [&](int k) {
    ShowProgress("decode", k, n);
    const std::string bytes = LeaseOf(kSizes[k / each], static_cast<uint64_t>(k), kHz);
    absl::SleepFor(absl::Seconds(rng.Uniform() / kHz));
    received[static_cast<size_t>(k)] = clock->MonotonicNanos();
    v1::TrialLease lease;
    lease.ParseFromString(bytes);
    absl::StatusOr<PresentationRequest> request = ToRequest(
        lease, static_cast<uint64_t>(k) + 1, session->info(), options.screen.look.background);
    if (!request.ok()) {
      refused = request.status();
      return NoiseRequest(k, kHz);
    }
    return *std::move(request);
  }));
  EVOKE_RETURN_IF_ERROR(refused);
  PartValues values;
  for (size_t i = 0; i < std::size(kSizes); ++i) {
    std::vector<double> milliseconds;
    for (size_t k = i * static_cast<size_t>(each); k < (i + 1) * static_cast<size_t>(each); ++k) {
      milliseconds.push_back(static_cast<double>(run.results[k].ready_nanos - received[k]) / 1e6);
    }
    values.emplace_back(absl::StrCat("median_ms.", kSizes[i]), Quantile(milliseconds, 0.5));
    values.emplace_back(absl::StrCat("p95_ms.", kSizes[i]), Quantile(milliseconds, 0.95));
  }
  return values;
}

}  // namespace

std::vector<Part> DecodeParts() {
  return {{"decode", "from a received lease to its texture, 60 Hz", RunDecode}};
}

}  // namespace evoke
