// The encoders of open_ephys_wire.h.
#include <string>
#include <utility>
#include <vector>

#include "clients/recorder/open_ephys/juce_json.h"
#include "clients/recorder/open_ephys/open_ephys_wire.h"

namespace evoke {
namespace {

template <typename T>
void Append(std::string* bytes, T value) {
  bytes->append(reinterpret_cast<const char*>(&value), sizeof(T));
}

std::string EnvelopeOf(bool is_spike) {
  std::string part;
  Append<uint16_t>(&part, is_spike ? 1 : 0);
  return part;
}

std::string BinarySpike(const OpenEphysSpike& spike) {
  std::string bytes;
  Append<uint8_t>(&bytes, 2);
  Append(&bytes, static_cast<uint8_t>(spike.num_channels));
  Append(&bytes, static_cast<uint16_t>(spike.source_node));
  Append(&bytes, static_cast<uint16_t>(spike.stream_id));
  Append(&bytes, static_cast<uint16_t>(spike.electrode_index));
  Append<int64_t>(&bytes, spike.sample);
  Append<double>(&bytes, spike.timestamp_seconds);
  Append(&bytes, static_cast<uint16_t>(spike.sorted_id));
  for (const float threshold : spike.thresholds_uv) Append(&bytes, threshold);
  bytes.append(spike.waveform);
  return bytes;
}

std::string BinaryTtl(const OpenEphysTtl& ttl) {
  std::string bytes;
  Append<uint8_t>(&bytes, 1);
  Append<uint8_t>(&bytes, 3);
  Append(&bytes, static_cast<uint16_t>(ttl.source_node));
  Append(&bytes, static_cast<uint16_t>(ttl.stream_id));
  Append(&bytes, static_cast<uint16_t>(ttl.channel_index));
  Append<int64_t>(&bytes, ttl.sample);
  Append<double>(&bytes, ttl.timestamp_seconds);
  Append(&bytes, static_cast<uint8_t>(ttl.line));
  Append(&bytes, static_cast<uint8_t>(ttl.state));
  Append<uint64_t>(&bytes, ttl.word.value_or(0));
  return bytes;
}

}  // namespace

std::vector<std::string> EncodeEventBroadcaster(const OpenEphysSpike& spike,
                                                OpenEphysFormat format) {
  if (format == OpenEphysFormat::kBinary) return {EnvelopeOf(true), BinarySpike(spike)};
  JuceJsonWriter json;
  json.Text("event_type", "spike");
  json.Text("stream", spike.stream);
  json.Int("source_node", spike.source_node);
  json.Text("electrode", spike.electrode);
  json.Int("num_channels", spike.num_channels);
  json.Double("sample_rate", spike.sample_rate_hz);
  json.Int("sample_number", spike.sample);
  json.Int("sorted_id", spike.sorted_id);
  for (size_t i = 0; i < spike.amplitudes_uv.size(); ++i) {
    json.Double("amp" + std::to_string(i + 1), spike.amplitudes_uv[i]);
  }
  return {EnvelopeOf(true), json.Finish()};
}

std::vector<std::string> EncodeEventBroadcaster(const OpenEphysTtl& ttl, OpenEphysFormat format) {
  if (format == OpenEphysFormat::kBinary) return {EnvelopeOf(false), BinaryTtl(ttl)};
  JuceJsonWriter json;
  json.Text("event_type", "ttl");
  json.Text("stream", ttl.stream);
  json.Int("source_node", ttl.source_node);
  json.Double("sample_rate", ttl.sample_rate_hz);
  json.Text("channel_name", ttl.channel_name);
  json.Int("sample_number", ttl.sample);
  json.Int("line", ttl.line);
  json.Bool("state", ttl.state);
  return {EnvelopeOf(false), json.Finish()};
}

std::vector<std::string> EncodeZmqInterface(const OpenEphysMessage& message) {
  JuceJsonWriter json;
  json.Int("message_num", message.message_num);
  std::string payload;
  bool is_data = false;
  if (const auto* spike = std::get_if<OpenEphysSpike>(&message.content)) {
    json.Text("type", "spike");
    json.BeginObject("spike");
    json.Text("stream", spike->stream);
    json.Int("source_node", spike->source_node);
    json.Text("electrode", spike->electrode);
    json.Int("sample_num", spike->sample);
    json.Int("num_channels", spike->num_channels);
    json.Int("num_samples", spike->num_samples);
    json.Int("sorted_id", spike->sorted_id);
    json.Doubles("threshold", spike->thresholds_uv);
    json.EndObject();
    payload = spike->waveform;
  } else if (const auto* data = std::get_if<OpenEphysData>(&message.content)) {
    is_data = true;
    json.Text("type", "data");
    json.BeginObject("content");
    json.Text("stream", data->stream);
    json.Int("channel_num", data->channel);
    json.Text("channel_name", data->channel_name);
    json.Int("num_samples", data->num_samples);
    json.Int("sample_num", data->first_sample);
    json.Double("sample_rate", data->sample_rate_hz);
    json.EndObject();
    payload = data->samples;
    json.Int("data_size", static_cast<int64_t>(payload.size()));
  } else {
    const auto* ttl = std::get_if<OpenEphysTtl>(&message.content);
    json.Text("type", "event");
    json.BeginObject("content");
    json.Text("stream", ttl == nullptr ? std::string_view() : ttl->stream);
    json.Int("source_node", ttl == nullptr ? 0 : ttl->source_node);
    json.Int("type", ttl == nullptr ? 0 : 3);
    json.Int("sample_num", ttl == nullptr ? 0 : ttl->sample);
    json.EndObject();
    if (ttl != nullptr) {
      Append(&payload, static_cast<uint8_t>(ttl->line));
      Append(&payload, static_cast<uint8_t>(ttl->state));
      Append<uint64_t>(&payload, ttl->word.value_or(0));
    }
    json.Int("data_size", static_cast<int64_t>(payload.size()));
  }
  json.Int("timestamp", message.unix_millis);
  return {is_data ? std::string("DATA\0", 5) : std::string("EVENT\0", 6), json.Finish(),
          std::move(payload)};
}

}  // namespace evoke
