#include "clients/recorder/open_ephys/open_ephys_recorder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

constexpr int kDefaultPort[] = {5557, 5556};  // by OpenEphysPlugin
// Work of one Read(), so that its caller gets to do its own.
constexpr int64_t kWorkNanos = 300'000;
constexpr int kMessagesPerClockLook = 16;
constexpr int64_t kBacklogNanos = 1'000'000'000;
constexpr int64_t kSilentNanos = 500'000'000;
constexpr int64_t kUnreachableNanos = 2'000'000'000;

}  // namespace

OpenEphysRecorder::OpenEphysRecorder(OpenEphysRecorderOptions options, const Clock* clock)
    : options_(std::move(options)),
      clock_(clock),
      timeline_(options_.reorder_span, options_.speed),
      lines_(options_.stimulus_line, options_.sync_code_shift) {
  timeline_.set_sample_rate_hz(options_.sample_rate_hz);
  for (const std::string& electrode : options_.electrodes) {
    if (channels_.emplace(electrode, static_cast<int32_t>(channels_.size())).second) {
      unannounced_.push_back(electrode);
    }
  }
}

OpenEphysRecorder::~OpenEphysRecorder() {
  if (const absl::Status status = Stop(); !status.ok()) {
    spdlog::warn("{}", std::string(status.message()));
  }
}

const char* OpenEphysRecorder::PluginName() const {
  return options_.plugin == OpenEphysPlugin::kZmqInterface ? "ZMQ Interface" : "Event Broadcaster";
}

std::string OpenEphysRecorder::Endpoint(int port) const {
  if (port == 0) port = kDefaultPort[static_cast<int>(options_.plugin)];
  return absl::StrCat("tcp://", options_.host, ":", port);
}

absl::StatusOr<RigInfo> OpenEphysRecorder::Start() {
  if (started_ || stopped_) {
    return absl::FailedPreconditionError(
        "the Open Ephys recorder was started before: make a new one");
  }
  if (options_.stimulus_line < 0 || options_.stimulus_line > 255) {
    return absl::InvalidArgumentError(
        absl::StrCat("stimulus line ", options_.stimulus_line, ": give 0 .. 255"));
  }
  if (options_.sync_code_shift < -1 || options_.sync_code_shift > 56) {
    return absl::InvalidArgumentError(absl::StrCat("sync code at line ", options_.sync_code_shift,
                                                   ": give 0 .. 56, -1 for none"));
  }
  absl::Status status = link_.Connect(Endpoint(options_.port));
  if (status.ok()) status = AwaitConnection();
  if (status.ok()) status = StartControl();
  if (!status.ok()) {
    link_.Close();
    return status;
  }
  if (options_.plugin == OpenEphysPlugin::kZmqInterface && options_.heartbeat_port >= 0) {
    const int data_port =
        options_.port != 0 ? options_.port : kDefaultPort[static_cast<int>(options_.plugin)];
    heartbeat_ = std::make_unique<OpenEphysHeartbeat>(
        Endpoint(options_.heartbeat_port != 0 ? options_.heartbeat_port : data_port + 1));
  }
  started_ = true;
  acquiring_since_nanos_ = clock_->MonotonicNanos();
  return RigInfo{"open-ephys", absl::StrCat("Open Ephys GUI, ", PluginName()),
                 timeline_.sample_rate_hz()};
}

absl::Status OpenEphysRecorder::AwaitConnection() {
  const int64_t end_nanos =
      clock_->MonotonicNanos() + absl::ToInt64Nanoseconds(options_.connect_timeout);
  while (true) {
    link_.WatchConnection();
    if (link_.connected()) return absl::OkStatus();
    const int64_t left_nanos = end_nanos - clock_->MonotonicNanos();
    if (left_nanos <= 0) {
      return absl::UnavailableError(absl::StrCat(
          "nothing of Open Ephys listens at ", Endpoint(options_.port), ": start the GUI, put a ",
          PluginName(), " behind the Spike Detector and set its port to this one"));
    }
    if (link_.Wait(absl::Nanoseconds(left_nanos))) {
      return absl::CancelledError("connecting to Open Ephys was stopped");
    }
  }
}

absl::Status OpenEphysRecorder::StartControl() {
  if (options_.http_port == 0) {
    spdlog::warn(
        "no HTTP port of Open Ephys is given: whether it acquires is not known, and a stop looks "
        "like silence");
    return absl::OkStatus();
  }
  control_ = std::make_unique<OpenEphysControl>(
      OpenEphysControlOptions{options_.host, options_.http_port, options_.http_timeout,
                              options_.http_poll_interval},
      clock_);
  EVOKE_ASSIGN_OR_RETURN(OpenEphysMode mode, control_->GetMode());
  // The rate is worth a request only where messages may not tell it; failing it, they have to.
  if (const auto streams = control_->GetStreams(); streams.ok()) {
    for (const OpenEphysControl::Stream& stream : *streams) {
      if (options_.stream.empty() || stream.name == options_.stream) {
        LearnRate(stream.sample_rate_hz);
        break;
      }
    }
  }
  if (options_.start_acquisition && mode == OpenEphysMode::kIdle) {
    EVOKE_RETURN_IF_ERROR(control_->SetMode(OpenEphysMode::kAcquire));
    started_acquisition_ = true;
    mode = OpenEphysMode::kAcquire;
  }
  control_->StartPolling(mode);
  return absl::OkStatus();
}

absl::Status OpenEphysRecorder::Stop() {
  if (!started_) return absl::OkStatus();
  started_ = false;
  stopped_ = true;
  absl::Status status;
  if (control_ != nullptr) {
    control_->StopPolling();
    if (started_acquisition_) status = control_->SetMode(OpenEphysMode::kIdle);
    started_acquisition_ = false;
  }
  heartbeat_.reset();
  pending_.reset();
  link_.Close();
  return status;
}

absl::Status OpenEphysRecorder::Read(absl::Duration timeout, RigData* data) {
  *data = RigData();
  if (!started_) {
    return absl::FailedPreconditionError("the Open Ephys recorder is not started");
  }
  data->new_channels = std::exchange(unannounced_, {});
  loss_index_ = std::numeric_limits<size_t>::max();
  const int64_t messages_before = messages_;
  WatchConnection();
  WatchControl(clock_->MonotonicNanos());
  if (pending_.has_value()) {
    const Pending pending = *std::exchange(pending_, std::nullopt);
    timeline_.Restart(PlaceOf(pending.message)->last_sample, pending.received_nanos, data);
    complete_before_ = std::numeric_limits<int64_t>::min();
    gap_first_sample_ = std::numeric_limits<int64_t>::min();
    Deliver(pending.message, pending.received_nanos, data);
  }
  bool left = Drain(data);
  if (messages_ == messages_before && !data->clock_restarted) {
    link_.Wait(timeout);
    WatchConnection();
    left = Drain(data);
  }
  const int64_t now_nanos = clock_->MonotonicNanos();
  if (!left) {
    backlog_nanos_ = 0;
  } else if (backlog_nanos_ == 0) {
    backlog_nanos_ = now_nanos;
  }
  Complete(now_nanos, data);
  if (heartbeat_ != nullptr) heartbeat_->Tick(now_nanos);
  data->trouble = Trouble(now_nanos);
  return absl::OkStatus();
}

void OpenEphysRecorder::WatchConnection() {
  link_.WatchConnection();
  if (link_.disconnects() == disconnects_seen_) return;
  disconnects_seen_ = link_.disconnects();
  spdlog::warn("the connection to Open Ephys' {} at {} broke; connecting again", PluginName(),
               Endpoint(options_.port));
  if (!timeline_.started()) return;
  OpenGap();
  gap_connection_ = true;
}

void OpenEphysRecorder::WatchControl(int64_t now_nanos) {
  if (control_ == nullptr) return;
  status_ = control_->latest();
  const bool idle = status_.mode == OpenEphysMode::kIdle;
  if (idle == standing_still_) return;
  if (idle) {
    OpenGap();
    standing_still_ = true;
    return;
  }
  standing_still_ = false;
  acquiring_since_nanos_ = now_nanos;
  // Of a first start there is nothing to tell.
  if (gap_first_sample_ == std::numeric_limits<int64_t>::min()) return;
  gap_acquisition_ = true;
  timeline_.ForgetClockRelation();
}

bool OpenEphysRecorder::Drain(RigData* data) {
  const int64_t start_nanos = clock_->MonotonicNanos();
  int64_t now_nanos = start_nanos;
  for (int count = 0; !pending_.has_value(); ++count) {
    if (count % kMessagesPerClockLook == 0) {
      now_nanos = clock_->MonotonicNanos();
      // Some are taken however slow the machine is.
      if (count > 0 && now_nanos - start_nanos > kWorkNanos) return true;
    }
    if (!link_.Receive()) return false;
    Handle(parser_.Parse(options_.plugin, link_.parts()), now_nanos, data);
  }
  return true;
}

void OpenEphysRecorder::Handle(const absl::StatusOr<OpenEphysMessage>& message,
                               int64_t received_nanos, RigData* data) {
  ++messages_;
  last_message_nanos_ = received_nanos;
  if (!message.ok()) {
    const std::string what(message.status().message());
    if (++garbage_ == 1) {
      spdlog::warn("{} at {}: {}; is another program or plugin on this port?", PluginName(),
                   Endpoint(options_.port), what);
    }
    const int64_t newest = timeline_.newest();
    AddFault(RigFault::Kind::kGarbage, what, newest - timeline_.hold(), newest + timeline_.hold(),
             data);
    return;
  }
  if (message->message_num >= 0) CheckNumber(message->message_num);
  const std::optional<OpenEphysPlace> place = PlaceOf(*message);
  if (!place.has_value() || !IsOurs(place->stream, place->stream_id)) return;
  LearnRate(place->sample_rate_hz);
  switch (timeline_.Judge(place->last_sample, received_nanos)) {
    case OpenEphysTimeline::Verdict::kTake:
      Deliver(*message, received_nanos, data);
      return;
    case OpenEphysTimeline::Verdict::kRestart:
      pending_ = Pending{*message, received_nanos};
      return;
    case OpenEphysTimeline::Verdict::kStraggler:
      return;  // nothing can be related to it, and the restart has been told
  }
}

void OpenEphysRecorder::Deliver(const OpenEphysMessage& message, int64_t received_nanos,
                                RigData* data) {
  TellGap(PlaceOf(message)->last_sample, data);
  if (const auto* spike = std::get_if<OpenEphysSpike>(&message.content)) {
    timeline_.TakeEvent(spike->sample, received_nanos, data);
    const int32_t channel = ChannelOf(spike->electrode, data);
    data->spikes.push_back({spike->sample, channel, spike->sorted_id, false});
    if (!spike->thresholds_uv.empty()) {
      thresholds_uv_.resize(channels_.size(), std::numeric_limits<double>::quiet_NaN());
      thresholds_uv_[static_cast<size_t>(channel)] = spike->thresholds_uv[0];
    }
  } else if (const auto* ttl = std::get_if<OpenEphysTtl>(&message.content)) {
    timeline_.TakeEvent(ttl->sample, received_nanos, data);
    lines_.Take(*ttl, data);
  } else if (const auto* block = std::get_if<OpenEphysData>(&message.content)) {
    timeline_.TakeBlock(block->first_sample, block->num_samples, received_nanos, data);
  }
  data->newest_sample = timeline_.newest();
  data->newest_received_nanos = timeline_.newest_nanos();
}

void OpenEphysRecorder::CheckNumber(int64_t message_num) {
  const int64_t last = std::exchange(last_message_num_, message_num);
  if (last < 0 || message_num == last + 1) return;
  OpenGap();
  int64_t lost = message_num - last - 1;
  if (message_num <= last) {
    // Numbers begin at 1 with each acquisition.
    lost = std::max<int64_t>(message_num - 1, 0);
    gap_acquisition_ = timeline_.started();
    timeline_.ForgetClockRelation();
  }
  gap_messages_ += lost;
  lost_messages_ += lost;
}

bool OpenEphysRecorder::IsOurs(std::string_view stream, int stream_id) {
  bool ours = false;
  if (stream_id >= 0) {
    if (stream_id_ < 0 && !absl::SimpleAtoi(options_.stream, &stream_id_)) {
      stream_id_ = stream_id;
      if (!options_.stream.empty()) {
        spdlog::warn(
            "Event Broadcaster's binary messages name no stream: taking number {} for {}; set its "
            "output format to JSON if there are several",
            stream_id_, options_.stream);
      }
    }
    ours = stream_id == stream_id_;
  } else {
    if (stream_.empty()) stream_ = options_.stream.empty() ? std::string(stream) : options_.stream;
    ours = stream == stream_;
  }
  if (!ours && other_stream_.empty()) {
    other_stream_ = stream_id >= 0 ? absl::StrCat(stream_id) : std::string(stream);
    spdlog::warn("messages of Open Ephys' stream {} are ignored: evoke-rig listens to {}",
                 other_stream_, stream_id >= 0 ? absl::StrCat(stream_id_) : stream_);
  }
  return ours;
}

void OpenEphysRecorder::LearnRate(double sample_rate_hz) {
  const double known = timeline_.sample_rate_hz();
  if (sample_rate_hz <= 0 || sample_rate_hz == known) return;
  if (known > 0) {
    spdlog::warn("Open Ephys' sample rate is {} Hz, not {} Hz", sample_rate_hz, known);
  }
  timeline_.set_sample_rate_hz(sample_rate_hz);
}

void OpenEphysRecorder::OpenGap() {
  if (gap_is_open()) return;
  gap_first_sample_ = timeline_.started() ? timeline_.newest() - timeline_.hold()
                                          : std::numeric_limits<int64_t>::min();
}

void OpenEphysRecorder::TellGap(int64_t sample, RigData* data) {
  if (!gap_is_open() || standing_still_) return;
  // What is missing may lie behind this message's sample as far as messages are disordered.
  const int64_t last_sample =
      std::max(sample, timeline_.started() ? timeline_.newest() : sample) + timeline_.hold();
  if (std::exchange(gap_connection_, false)) {
    AddFault(RigFault::Kind::kDropped,
             absl::StrCat("the connection to Open Ephys at ", Endpoint(options_.port),
                          " broke and was made again"),
             gap_first_sample_, last_sample, data);
  }
  if (std::exchange(gap_acquisition_, false)) {
    AddFault(RigFault::Kind::kJump, "the acquisition of Open Ephys was stopped and started again",
             gap_first_sample_, last_sample, data);
  }
  if (const int64_t lost = std::exchange(gap_messages_, 0); lost > 0)
    TellLoss(lost, last_sample, data);
}

void OpenEphysRecorder::TellLoss(int64_t lost, int64_t last_sample, RigData* data) {
  // Losses come in rows: those that run into each other are one fault.
  const bool more_of_it = loss_index_ < data->faults.size() &&
                          data->faults[loss_index_].last_sample >= gap_first_sample_;
  if (!more_of_it) {
    loss_index_ = data->faults.size();
    loss_told_ = 0;
    data->faults.push_back({RigFault::Kind::kLoss, "", gap_first_sample_, last_sample});
  }
  loss_told_ += lost;
  RigFault& fault = data->faults[loss_index_];
  fault.first_sample = std::min(fault.first_sample, gap_first_sample_);
  fault.last_sample = std::max(fault.last_sample, last_sample);
  fault.message =
      absl::StrCat(loss_told_,
                   " messages of Open Ephys' ZMQ Interface are missing: this machine or "
                   "the network is too slow for all the channels it sends; select fewer "
                   "continuous channels");
}

int32_t OpenEphysRecorder::ChannelOf(std::string_view electrode, RigData* data) {
  const auto it = channels_.find(absl::string_view(electrode.data(), electrode.size()));
  if (it != channels_.end()) return it->second;
  const auto channel = static_cast<int32_t>(channels_.size());
  channels_.emplace(electrode, channel);
  data->new_channels.emplace_back(electrode);
  return channel;
}

void OpenEphysRecorder::Complete(int64_t now_nanos, RigData* data) {
  if (!standing_still_) {
    int64_t running_until_nanos = 0;
    if (options_.plugin == OpenEphysPlugin::kEventBroadcaster && link_.connected() &&
        !gap_is_open()) {
      running_until_nanos = control_ == nullptr ? now_nanos : status_.as_of_nanos;
    }
    timeline_.Advance(now_nanos, running_until_nanos);
  }
  const int64_t complete_before =
      lines_.Release(timeline_.complete_before(), timeline_.sample_rate_hz(), data);
  complete_before_ = std::max(complete_before_, complete_before);
  data->complete_before = complete_before_;
  // The sample numbers begin anew with the next Read().
  if (pending_.has_value()) lines_.ReleaseAll(data);
}

void OpenEphysRecorder::Finish(RigData* data) {
  lines_.ReleaseAll(data);
  complete_before_ = data->complete_before = std::numeric_limits<int64_t>::max();
}

std::string OpenEphysRecorder::Trouble(int64_t now_nanos) const {
  if (!link_.connected()) {
    return absl::StrCat("no connection to Open Ephys at ", Endpoint(options_.port),
                        ": start the GUI with ", PluginName(), " on this port");
  }
  if (control_ != nullptr) {
    if (status_.failing_nanos != 0 && now_nanos - status_.failing_nanos > kUnreachableNanos) {
      return std::string(status_.error.message());
    }
    if (status_.mode == OpenEphysMode::kIdle) return "Open Ephys is not acquiring: press play";
  }
  if (timeline_.started() && timeline_.sample_rate_hz() == 0) {
    return "Open Ephys' sample rate is not known: give it, or the HTTP port";
  }
  if (!timeline_.started() && !other_stream_.empty()) {
    return absl::StrCat("Open Ephys sends nothing of stream ", options_.stream, " but of ",
                        other_stream_);
  }
  const int64_t silent_nanos = now_nanos - std::max(last_message_nanos_, acquiring_since_nanos_);
  if (options_.plugin == OpenEphysPlugin::kZmqInterface && silent_nanos > kSilentNanos) {
    return "stream silent: nothing comes from Open Ephys' ZMQ Interface; see that it has a "
           "continuous channel selected, and that the GUI still runs";
  }
  if (backlog_nanos_ != 0 && now_nanos - backlog_nanos_ > kBacklogNanos) {
    return "evoke-rig can't keep up with Open Ephys' messages; send fewer continuous channels, or "
           "free this machine";
  }
  return "";
}

}  // namespace evoke
