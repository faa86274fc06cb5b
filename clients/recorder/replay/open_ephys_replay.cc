#include "clients/recorder/replay/open_ephys_replay.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/random.h"
#include "common/status_macros.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

constexpr double kMostDelaySeconds = 0.046;
constexpr double kUsualRate = 30000;  // where neither the capture nor the options tell one

std::vector<std::string_view> Views(const std::vector<std::string>& parts) {
  return {parts.begin(), parts.end()};
}

// What keeps its own order.
std::string SourceOf(const OpenEphysMessage& message) {
  if (const auto* spike = std::get_if<OpenEphysSpike>(&message.content)) {
    return absl::StrCat("spikes of ", std::string(spike->electrode));
  }
  if (const auto* data = std::get_if<OpenEphysData>(&message.content)) {
    return absl::StrCat("data of ", data->channel);
  }
  return "lines";
}

// The first that a message tells; 0: none does.
double ToldRate(OpenEphysPlugin plugin, const std::vector<CapturedMessage>& messages) {
  OpenEphysParser parser;
  for (const CapturedMessage& captured : messages) {
    const auto message = parser.Parse(plugin, Views(captured.parts));
    const auto place = message.ok() ? PlaceOf(*message) : std::nullopt;
    if (place.has_value() && place->sample_rate_hz > 0) return place->sample_rate_hz;
  }
  return 0;
}

// Delays each message, on the rig's clock, and sorts them by that. What can't be parsed stays
// behind its predecessor, and nothing passes a jump of the sample numbers. The times stay as they
// are, so that messages come as densely as before.
void Reorder(OpenEphysPlugin plugin, double sample_rate_hz, uint64_t seed,
             std::vector<CapturedMessage>* messages) {
  struct Key {
    int segment;
    double sample;
    size_t index;
  };
  Rng rng(seed);
  OpenEphysParser parser;
  std::vector<Key> keys;
  std::map<std::string, double> latest;  // by source
  double newest = std::numeric_limits<double>::lowest();
  Key last{0, newest, 0};
  for (size_t i = 0; i < messages->size(); ++i) {
    const auto views = Views((*messages)[i].parts);
    const auto message = parser.Parse(plugin, views);
    const auto place = message.ok() ? PlaceOf(*message) : std::nullopt;
    if (!place.has_value()) {
      keys.push_back({last.segment, last.sample, i});
      continue;
    }
    const auto sample = static_cast<double>(place->last_sample);
    const double rate = place->sample_rate_hz > 0 ? place->sample_rate_hz : sample_rate_hz;
    if (sample < newest - rate) {
      ++last.segment;
      latest.clear();
      newest = sample;
    }
    newest = std::max(newest, sample);
    double& key =
        latest.try_emplace(SourceOf(*message), std::numeric_limits<double>::lowest()).first->second;
    key = std::max(key, sample + rng.Uniform(0, kMostDelaySeconds) * rate);
    last = {last.segment, key, i};
    keys.push_back(last);
  }
  std::stable_sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
    return std::pair(a.segment, a.sample) < std::pair(b.segment, b.sample);
  });
  std::vector<CapturedMessage> sorted;
  for (size_t i = 0; i < keys.size(); ++i) {
    sorted.push_back({(*messages)[i].unix_seconds, std::move((*messages)[keys[i].index].parts)});
  }
  *messages = std::move(sorted);
}

// Rewrites "message_num" in the header, and nothing else.
void Renumber(std::vector<CapturedMessage>* messages) {
  constexpr std::string_view kKey = "\"message_num\": ";
  int64_t number = 0;
  for (CapturedMessage& message : *messages) {
    ++number;
    if (message.parts.size() < 2) continue;
    std::string& header = message.parts[1];
    const size_t at = header.find(kKey);
    if (at == std::string::npos) continue;
    const size_t begin = at + kKey.size();
    const size_t end = header.find_first_not_of("0123456789", begin);
    header.replace(begin, end - begin, std::to_string(number));
  }
}

}  // namespace

OpenEphysReplay::OpenEphysReplay(OpenEphysReplayOptions options, const Clock* clock)
    : options_(std::move(options)), clock_(clock) {}

OpenEphysReplay::~OpenEphysReplay() {
  if (const absl::Status status = Stop(); !status.ok()) {
    spdlog::warn("{}", std::string(status.message()));
  }
}

absl::StatusOr<RigInfo> OpenEphysReplay::Start() {
  if (recorder_ != nullptr) return absl::FailedPreconditionError("the replay runs already");
  EVOKE_ASSIGN_OR_RETURN(messages_, ReadFramesFile(options_.path));
  const double told_rate = ToldRate(options_.plugin, messages_);
  const double rate = told_rate > 0 ? told_rate : options_.recorder.sample_rate_hz;
  if (options_.reorder) {
    Reorder(options_.plugin, rate > 0 ? rate : kUsualRate, options_.seed, &messages_);
  }
  if (options_.plugin == OpenEphysPlugin::kZmqInterface && !options_.as_captured) {
    Renumber(&messages_);
  }
  OpenEphysProgramOptions program;
  program.plugin = options_.plugin;
  program.mode = OpenEphysMode::kAcquire;
  program.drop_when_full = false;
  program_ = std::make_unique<OpenEphysProgram>(program);
  EVOKE_RETURN_IF_ERROR(program_->Start());

  OpenEphysRecorderOptions recorder = options_.recorder;
  recorder.plugin = options_.plugin;
  recorder.host = "127.0.0.1";
  recorder.port = program_->data_port();
  recorder.heartbeat_port = -1;
  recorder.http_port = program_->http_port();
  recorder.speed = options_.speed;
  recorder.sample_rate_hz = rate;
  {
    MutexLock lock(&mutex_);
    recorder_ = std::make_unique<OpenEphysRecorder>(std::move(recorder), clock_);
  }
  EVOKE_ASSIGN_OR_RETURN(RigInfo info, recorder_->Start());
  if (!program_->WaitForSubscriber(absl::Seconds(5))) {
    return absl::UnavailableError("the replay's own socket got no subscriber: start it again");
  }
  info.program = absl::StrCat("capture ", options_.path);
  player_ = std::thread([this] { Play(); });
  return info;
}

void OpenEphysReplay::Play() {
  const int64_t start_nanos = clock_->MonotonicNanos();
  for (const CapturedMessage& message : messages_) {
    if (options_.speed > 0) {
      const double seconds =
          (message.unix_seconds - messages_.front().unix_seconds) / options_.speed;
      const int64_t due_nanos = start_nanos + static_cast<int64_t>(seconds * 1e9);
      MutexLock lock(&mutex_);
      int64_t left_nanos = 0;
      while (!stopping_ && (left_nanos = due_nanos - clock_->MonotonicNanos()) > 0) {
        changed_.WaitWithTimeout(&mutex_, absl::Nanoseconds(left_nanos));
      }
      if (stopping_) return;
    }
    if (!program_->Publish(message.parts)) return;
  }
}

absl::Status OpenEphysReplay::Read(absl::Duration timeout, RigData* data) {
  if (recorder_ == nullptr) {
    *data = RigData();
    return absl::FailedPreconditionError("the replay is not started");
  }
  EVOKE_RETURN_IF_ERROR(recorder_->Read(timeout, data));
  if (recorder_->messages() == static_cast<int64_t>(messages_.size()) && recorder_->settled()) {
    recorder_->Finish(data);
    data->trouble = "the capture has ended";
  }
  return absl::OkStatus();
}

absl::Status OpenEphysReplay::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.SignalAll();
  }
  const absl::Status status = recorder_ == nullptr ? absl::OkStatus() : recorder_->Stop();
  if (program_ != nullptr) program_->Stop();
  if (player_.joinable()) player_.join();
  return status;
}

void OpenEphysReplay::Wake() {
  MutexLock lock(&mutex_);
  if (recorder_ != nullptr) recorder_->Wake();
}

double OpenEphysReplay::sample_rate_hz() const {
  return recorder_ == nullptr ? 0 : recorder_->sample_rate_hz();
}

}  // namespace evoke
