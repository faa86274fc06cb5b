#include "clients/recorder/intan/intan_recorder.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

constexpr int64_t kMilli = 1'000'000;
constexpr int64_t kSilenceNanos = 500 * kMilli;
constexpr int64_t kAskAgainNanos = 1000 * kMilli;
// While data are read nothing may take long: RHX is on this machine or the next.
constexpr absl::Duration kSetupTimeout = absl::Seconds(5);
constexpr absl::Duration kRepairTimeout = absl::Milliseconds(500);
constexpr size_t kBufferBytes = 256 << 10;
// Of one Read(): some ms of work.
constexpr size_t kMostWaveformBytes = 1 << 20;
constexpr size_t kMostSpikeBytes = 4 << 20;
constexpr char kStopped[] = "RHX is stopped: press Run";

int64_t Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

}  // namespace

absl::Status IntanRecorderOptions::Validate() const {
  if (stimulus_line < 1 || stimulus_line > 16) {
    return absl::InvalidArgumentError(
        absl::StrCat("the stimulus line is DIGITAL-IN 1 to 16, not ", stimulus_line));
  }
  if (sync_code_shift < -1 || sync_code_shift > 8) {
    return absl::InvalidArgumentError(absl::StrCat(
        "8 lines of sync code begin at bit 0 to 8 of the digital word, not at ", sync_code_shift));
  }
  if (blocks_per_write < 1 || blocks_per_write > 100) {
    return absl::InvalidArgumentError(
        absl::StrCat("RHX writes 1 to 100 data blocks at once, not ", blocks_per_write));
  }
  return absl::OkStatus();
}

IntanRecorder::IntanRecorder(IntanRecorderOptions options)
    : options_(std::move(options)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      command_(options_.host, options_.command_port),
      buffer_(kBufferBytes) {}

IntanRecorder::~IntanRecorder() {
  if (const absl::Status stopped = Stop(); !stopped.ok()) {
    spdlog::warn("{}", std::string(stopped.message()));
  }
}

absl::StatusOr<RigInfo> IntanRecorder::Start() {
  EVOKE_RETURN_IF_ERROR(options_.Validate());
  Disconnect();
  command_.set_timeout(kSetupTimeout);
  EVOKE_ASSIGN_OR_RETURN(rig_, AskRig(command_));
  channels_ = options_.channels;
  if (channels_.empty()) {
    EVOKE_ASSIGN_OR_RETURN(channels_, EnabledChannels(command_));
  }
  EVOKE_RETURN_IF_ERROR(Configure());
  EVOKE_ASSIGN_OR_RETURN(const int blocks,
                         ChooseBlocksPerWrite(command_, rig_, options_.blocks_per_write));
  timeline_.emplace(IntanTimelineOptions{.sample_rate_hz = rig_.sample_rate_hz,
                                         .stimulus_line = options_.stimulus_line,
                                         .sync_code_shift = options_.sync_code_shift,
                                         .write_samples = blocks * kIntanBlockSamples});
  for (const std::string& channel : channels_) timeline_->AddChannel(channel);
  // The spikes first: so there is no waveform without its spikes.
  EVOKE_ASSIGN_OR_RETURN(
      spikes_.socket, ConnectOutput(command_, options_.host, IntanOutput::kSpikes, kSetupTimeout));
  if (rig_.running()) {
    const absl::Duration write = absl::Seconds(blocks * kIntanBlockSamples / rig_.sample_rate_hz);
    EVOKE_RETURN_IF_ERROR(RefreshOutputs(command_, channels_.front(), write));
  }
  EVOKE_ASSIGN_OR_RETURN(waveform_.socket, ConnectOutput(command_, options_.host,
                                                         IntanOutput::kWaveform, kSetupTimeout));
  if (!rig_.running() && options_.start_acquisition) {
    EVOKE_RETURN_IF_ERROR(command_.Set("runmode", "run"));
    started_acquisition_ = true;
    rig_.run_mode = "Run";
  }
  stopped_ = !rig_.running();
  command_connections_ = command_.connections();
  command_.set_timeout(kRepairTimeout);
  heartbeat_nanos_ = asked_nanos_ = Now();
  return RigInfo{"intan-rhx", absl::StrCat("Intan RHX ", rig_.version, " (", rig_.type, ")"),
                 rig_.sample_rate_hz};
}

absl::Status IntanRecorder::Configure() {
  const absl::Status status = EnableOutputs(command_, channels_, options_.stimulus_line);
  if (status.ok() || absl::IsUnavailable(status) || !rig_.running()) return status;
  return absl::Status(status.code(),
                      absl::StrCat(status.message(), " (RHX is running: stop it and try again)"));
}

absl::Status IntanRecorder::Read(absl::Duration timeout, RigData* data) {
  *data = RigData();
  if (!timeline_.has_value()) {
    return absl::FailedPreconditionError("Intan recorder: Read() before Start()");
  }
  const int64_t until =
      Now() + std::max<int64_t>(0, absl::ToInt64Nanoseconds(std::min(timeout, absl::Hours(1))));
  std::optional<RigData> taken = timeline_->Take();
  bool woken = false;
  while (!taken.has_value()) {
    // The last look is at what is there already, also after a timeout of 0.
    const bool last = woken || Now() >= until;
    Repair();
    Receive();
    CheckHeartbeat();
    taken = timeline_->Take();
    if (taken.has_value() || last || TroubleNow() != told_trouble_) break;
    woken = Wait(until);
  }
  if (taken.has_value()) {
    *data = *std::move(taken);
    complete_before_ = data->complete_before;
  }
  // What is known stays so, whatever this call brought.
  data->complete_before = complete_before_;
  data->trouble = told_trouble_ = TroubleNow();
  return absl::OkStatus();
}

bool IntanRecorder::Wait(int64_t until_nanos) {
  int64_t until = until_nanos;
  for (const Stream* stream : {&spikes_, &waveform_}) {
    if (!stream->socket.open()) until = std::min(until, stream->retry_nanos);
  }
  if (waveform_.socket.open()) {
    until = std::min(until, std::max(heartbeat_nanos_ + kSilenceNanos,
                                     silent_ ? asked_nanos_ + kAskAgainNanos : 0));
  }
  // poll() passes over descriptors that are negative, as those of closed sockets are.
  pollfd entries[] = {{wake_.fd(), POLLIN, 0},
                      {waveform_.socket.fd(), POLLIN, 0},
                      {spikes_.socket.fd(), POLLIN, 0}};
  const int64_t millis = unread_spikes_ ? 0 : (until - Now() + kMilli - 1) / kMilli;
  if (poll(entries, 3, static_cast<int>(std::clamp<int64_t>(millis, 0, 3'600'000))) <= 0) {
    return false;
  }
  uint64_t count;
  return (entries[0].revents & POLLIN) != 0 && read(wake_.fd(), &count, sizeof count) > 0;
}

void IntanRecorder::Receive() {
  // In this order: RHX writes the waveform before its spikes, so what of the spikes belongs to the
  // waveform that is read here, but for the last write, is there when they are read next.
  const bool waveform_drained = unread_spikes_ ? false : ReceiveWaveform();
  unread_spikes_ = !ReceiveSpikes();
  if (!unread_spikes_) timeline_->Settle(waveform_drained);
}

bool IntanRecorder::ReceiveWaveform() {
  size_t total = 0;
  while (waveform_.socket.open() && total < kMostWaveformBytes) {
    const TcpSocket::Received received = waveform_.socket.Receive(buffer_.data(), buffer_.size());
    if (received.closed) {
      Drop(waveform_);
      timeline_->WaveformDropped();
      digital_parser_.Reset();
    }
    if (received.bytes == 0) return true;
    total += received.bytes;
    const int64_t now = Now();
    digital_parser_.Parse(absl::string_view(buffer_.data(), received.bytes), &block_buffer_);
    if (block_buffer_.empty()) continue;
    heartbeat_nanos_ = now;
    stopped_ = false;
    timeline_->AddWaveform(&block_buffer_, now);
  }
  return !waveform_.socket.open();
}

bool IntanRecorder::ReceiveSpikes() {
  size_t total = 0;
  while (spikes_.socket.open() && total < kMostSpikeBytes) {
    const TcpSocket::Received received = spikes_.socket.Receive(buffer_.data(), buffer_.size());
    if (received.closed) {
      Drop(spikes_);
      timeline_->SpikesDropped();
      spike_parser_.Reset();
    }
    if (received.bytes == 0) return true;
    total += received.bytes;
    const uint64_t garbage = spike_parser_.garbage_bytes();
    spike_parser_.Parse(absl::string_view(buffer_.data(), received.bytes), &spike_buffer_);
    timeline_->SpikeGarbage(spike_parser_.garbage_bytes() - garbage);
    timeline_->AddSpikes(&spike_buffer_);
  }
  return !spikes_.socket.open();
}

void IntanRecorder::Drop(Stream& stream) {
  spdlog::warn("RHX closed the connection of its {} output", std::string(NameOf(stream.output)));
  stream.socket.Close();
  stream.backoff.Reset();
  stream.retry_nanos = Now();
  stream.why.clear();
}

void IntanRecorder::Repair() {
  for (Stream* stream : {&spikes_, &waveform_}) {
    if (stream->socket.open() || Now() < stream->retry_nanos) continue;
    const absl::Status status = Reconnect(*stream);
    if (status.ok()) {
      spdlog::info("the connection of RHX's {} output was made again",
                   std::string(NameOf(stream->output)));
      if (stream == &spikes_) timeline_->SpikesConnected();
      if (stream == &waveform_) heartbeat_nanos_ = Now();
      continue;
    }
    stream->why = std::string(status.message());
    stream->retry_nanos = Now() + absl::ToInt64Nanoseconds(stream->backoff.Next());
  }
}

std::vector<double> IntanRecorder::thresholds_uv() {
  std::vector<double> thresholds;
  for (const std::string& channel : channels_) {
    const absl::StatusOr<std::string> text =
        command_.Get(absl::StrCat(channel, ".spikethresholdmicrovolts"));
    double threshold;
    thresholds.push_back(text.ok() && absl::SimpleAtod(*text, &threshold)
                             ? threshold
                             : std::numeric_limits<double>::quiet_NaN());
  }
  return thresholds;
}

absl::Status IntanRecorder::Reconnect(Stream& stream) {
  // Connects if need be, perhaps to another RHX than before.
  EVOKE_ASSIGN_OR_RETURN(rig_.run_mode, command_.Get("runmode"));
  stopped_ = !rig_.running();
  if (command_.connections() != command_connections_) {
    EVOKE_ASSIGN_OR_RETURN(const bool enabled,
                           OutputsEnabled(command_, channels_, options_.stimulus_line));
    if (!enabled) EVOKE_RETURN_IF_ERROR(Configure());
    command_connections_ = command_.connections();
  }
  EVOKE_ASSIGN_OR_RETURN(stream.socket,
                         ConnectOutput(command_, options_.host, stream.output, kRepairTimeout));
  return absl::OkStatus();
}

void IntanRecorder::CheckHeartbeat() {
  const int64_t now = Now();
  if (!waveform_.socket.open() || now - heartbeat_nanos_ <= kSilenceNanos) {
    silent_ = false;
    return;
  }
  if (silent_ && now - asked_nanos_ < kAskAgainNanos) return;
  silent_ = true;
  const absl::StatusOr<std::string> mode = command_.Get("runmode");
  asked_nanos_ = Now();
  if (!mode.ok()) {
    silent_why_ = std::string(mode.status().message());
    stopped_ = false;
    return;
  }
  rig_.run_mode = *mode;
  stopped_ = !rig_.running();
  if (stopped_) {
    timeline_->SettleEnd();
  } else if (const uint64_t garbage = digital_parser_.garbage_since_block(); garbage > 0) {
    silent_why_ = absl::StrCat(
        garbage, " bytes came that are not blocks of the digital inputs alone: in RHX switch off ",
        "the TCP output of all other channels, then press Stop and Run");
  } else {
    silent_why_ = absl::StrCat("its run mode is ", rig_.run_mode,
                               ": look at RHX, whether data come from the controller");
  }
}

std::string IntanRecorder::TroubleNow() const {
  for (const Stream* stream : {&spikes_, &waveform_}) {
    if (stream->socket.open()) continue;
    return absl::StrCat("RHX: the connection of the ", NameOf(stream->output),
                        " output broke and is made again", stream->why.empty() ? "" : ": ",
                        stream->why);
  }
  if (stopped_) return kStopped;
  if (!silent_) return "";
  return absl::StrCat("RHX: the data stream is silent: ", silent_why_);
}

absl::Status IntanRecorder::Stop() {
  absl::Status status;
  if (std::exchange(started_acquisition_, false)) {
    status = command_.Set("runmode", "stop");
    if (!status.ok()) {
      status = absl::Status(status.code(), absl::StrCat("RHX may still be running, stop it there: ",
                                                        status.message()));
    }
  }
  Disconnect();
  return status;
}

void IntanRecorder::Disconnect() {
  for (Stream* stream : {&spikes_, &waveform_}) {
    stream->socket.Close();
    stream->backoff.Reset();
    stream->retry_nanos = 0;
    stream->why.clear();
  }
  spike_parser_.Reset();
  digital_parser_.Reset();
  unread_spikes_ = silent_ = stopped_ = false;
  complete_before_ = std::numeric_limits<int64_t>::min();
  told_trouble_.clear();
  timeline_.reset();
  command_.Close();
}

void IntanRecorder::Wake() {
  const uint64_t one = 1;
  // Fails only if it has been woken 2^64 times.
  [[maybe_unused]] const ssize_t written = write(wake_.fd(), &one, sizeof one);
}

}  // namespace evoke
