#include "sim_backend/emulator/open_ephys_server.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace evoke {
namespace {

constexpr double kBlockSeconds = 0.023;
constexpr double kHeldBack = 0.25;  // of the electrodes, per block
// Node and stream numbers as the GUI gives them in such a chain.
constexpr int kSourceNode = 100;
constexpr int kDetectorNode = 102;
constexpr int kBroadcasterNode = 103;
constexpr int kStreamId = 10003;
constexpr float kThresholdUv = -60;
constexpr float kTroughUv = -80;
constexpr int kWaveformSamples = 40;
constexpr int kTroughSample = 8;

void AppendFloat(float value, std::string* bytes) {
  bytes->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

std::string Waveform() {
  std::string bytes;
  for (int i = 0; i < kWaveformSamples; ++i) {
    const double t = i - kTroughSample;
    AppendFloat(static_cast<float>(kTroughUv * std::exp(-t * t / 6) +
                                   25 * std::exp(-(t - 9) * (t - 9) / 40)),
                &bytes);
  }
  return bytes;
}

OpenEphysProgramOptions ProgramOptions(const OpenEphysServerOptions& options) {
  OpenEphysProgramOptions program;
  program.plugin = options.plugin;
  program.host = options.rig.host;
  program.data_port = options.data_port;
  program.heartbeat_port = options.heartbeat_port;
  program.http_port = options.http_port;
  program.mode = options.mode;
  program.stream = options.stream;
  program.sample_rate_hz = options.rig.sample_rate_hz;
  return program;
}

}  // namespace

OpenEphysServer::OpenEphysServer(OpenEphysServerOptions options)
    : options_(std::move(options)),
      program_(ProgramOptions(options_)),
      rng_(options_.rig.seed),
      waveform_(Waveform()),
      held_(static_cast<size_t>(options_.rig.channels)) {
  for (int i = 0; i < block_samples(); ++i)
    AppendFloat(static_cast<float>(7 * rng_.Normal()), &noise_);
}

int OpenEphysServer::block_samples() const {
  return static_cast<int>(std::lround(kBlockSeconds * options_.rig.sample_rate_hz));
}

std::string OpenEphysServer::Describe() const {
  const bool zmq_interface = options_.plugin == OpenEphysPlugin::kZmqInterface;
  std::string text =
      absl::StrCat("Open Ephys GUI with ", zmq_interface ? "ZMQ Interface" : "Event Broadcaster",
                   " at tcp://", options_.rig.host, ":", program_.data_port());
  if (zmq_interface) absl::StrAppend(&text, " (heartbeats :", program_.heartbeat_port(), ")");
  absl::StrAppend(
      &text, ", HTTP :", program_.http_port(), "; listen with: evoke-rig run open-ephys --plugin ",
      zmq_interface ? "zmq-interface" : "event-broadcaster", " --host ", options_.rig.host,
      " --port ", program_.data_port(), " --http-port ", program_.http_port(), " --start");
  return text;
}

void OpenEphysServer::Send(const EmulatedBlock& block) {
  if (!acquiring()) return;
  if (const int now = acquisition(); now != acquisition_) {
    acquisition_ = now;
    message_num_ = 0;
    for (auto& spikes : held_) spikes.clear();
  }
  options_.rig.unordered ? SendUnordered(block) : SendOrdered(block);
  if (options_.plugin == OpenEphysPlugin::kZmqInterface) SendContinuous(block);
}

void OpenEphysServer::SendOrdered(const EmulatedBlock& block) {
  size_t edge = 0;
  for (const EmulatedSpike& spike : block.spikes) {
    while (edge < block.edges.size() && block.edges[edge].sample <= spike.sample) {
      SendEdge(block.edges[edge++]);
    }
    SendSpike(spike);
  }
  while (edge < block.edges.size()) SendEdge(block.edges[edge++]);
}

void OpenEphysServer::SendUnordered(const EmulatedBlock& block) {
  std::vector<std::deque<EmulatedSpike>> now(held_.size());
  now.swap(held_);
  std::vector<bool> hold_back(now.size());
  for (size_t i = 0; i < hold_back.size(); ++i) hold_back[i] = rng_.Uniform() < kHeldBack;
  for (const EmulatedSpike& spike : block.spikes) {
    const auto electrode = static_cast<size_t>(spike.channel);
    (hold_back[electrode] ? held_ : now)[electrode].push_back(spike);
  }
  // One entry per spike to send: any order of electrodes, each in its own.
  std::vector<size_t> turns;
  for (size_t i = 0; i < now.size(); ++i) turns.insert(turns.end(), now[i].size(), i);
  rng_.Shuffle(std::span<size_t>(turns));
  for (const size_t electrode : turns) {
    SendSpike(now[electrode].front());
    now[electrode].pop_front();
  }
  for (const EmulatedEdge& edge : block.edges) SendEdge(edge);
}

void OpenEphysServer::SendSpike(const EmulatedSpike& emulated) {
  const bool broadcaster = options_.plugin == OpenEphysPlugin::kEventBroadcaster;
  const bool json = broadcaster && options_.format == OpenEphysFormat::kJson;
  const std::string electrode = absl::StrCat("SE ", emulated.channel + 1);
  OpenEphysSpike spike;
  spike.stream = options_.stream;
  spike.stream_id = kStreamId;
  spike.source_node = json ? kBroadcasterNode : kDetectorNode;
  spike.electrode = electrode;
  spike.electrode_index = emulated.channel;
  spike.sample = emulated.sample;
  spike.sorted_id = emulated.sorted_id;
  spike.sample_rate_hz = options_.rig.sample_rate_hz;
  spike.num_samples = kWaveformSamples;
  spike.amplitudes_uv = {-kTroughUv};
  spike.thresholds_uv = {kThresholdUv};
  spike.waveform = waveform_;
  if (broadcaster) {
    program_.Publish(EncodeEventBroadcaster(spike, options_.format));
  } else {
    SendNumbered({spike});
  }
}

void OpenEphysServer::SendEdge(const EmulatedEdge& edge) {
  const bool broadcaster = options_.plugin == OpenEphysPlugin::kEventBroadcaster;
  const bool json = broadcaster && options_.format == OpenEphysFormat::kJson;
  const auto after = static_cast<uint16_t>((edge.word & ~1) | (edge.rising ? 1 : 0));
  const int changed = word_ ^ after;
  OpenEphysTtl ttl;
  ttl.stream = options_.stream;
  ttl.stream_id = kStreamId;
  ttl.source_node = json ? kBroadcasterNode : kSourceNode;
  ttl.channel_name = "All TTL events";
  ttl.sample = edge.sample;
  ttl.sample_rate_hz = options_.rig.sample_rate_hz;
  // A message per line, each with the lines as they are by then.
  for (int line = 0; line < 16; ++line) {
    if ((changed >> line & 1) == 0) continue;
    word_ = static_cast<uint16_t>(word_ ^ (1 << line));
    ttl.line = line;
    ttl.state = (word_ >> line & 1) != 0;
    ttl.word = word_;
    if (broadcaster) {
      program_.Publish(EncodeEventBroadcaster(ttl, options_.format));
    } else {
      SendNumbered({ttl});
    }
  }
}

void OpenEphysServer::SendContinuous(const EmulatedBlock& block) {
  std::string samples;
  while (samples.size() < sizeof(float) * static_cast<size_t>(block.samples)) samples += noise_;
  samples.resize(sizeof(float) * static_cast<size_t>(block.samples));
  for (int channel = 0; channel < options_.continuous_channels; ++channel) {
    const std::string name = absl::StrCat("CH", channel + 1);
    OpenEphysData data;
    data.stream = options_.stream;
    data.channel = channel;
    data.channel_name = name;
    data.first_sample = block.first_sample;
    data.num_samples = block.samples;
    data.sample_rate_hz = options_.rig.sample_rate_hz;
    data.samples = samples;
    SendNumbered({data});
  }
}

void OpenEphysServer::SendNumbered(OpenEphysMessage message) {
  message.message_num = ++message_num_;
  message.unix_millis = absl::ToUnixMillis(absl::Now());
  program_.Publish(EncodeZmqInterface(message));
}

}  // namespace evoke
