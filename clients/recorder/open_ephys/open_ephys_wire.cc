#include "clients/recorder/open_ephys/open_ephys_wire.h"

#include <cstdio>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "clients/recorder/open_ephys/json_fields.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

// Sample numbers are far from these in any recording; sums with durations can't overflow.
constexpr int64_t kMostSamples = int64_t{1} << 60;
constexpr int kMostChannels = 64;
constexpr int kMostBlockSamples = 1 << 20;
constexpr int kLines = 256;
constexpr size_t kMostJson = size_t{1} << 20;

constexpr char kTtlType = 1;    // of a binary event: a processor's
constexpr char kSpikeType = 2;  // of a binary event: a spike
constexpr char kTtlSubtype = 3;
constexpr size_t kTtlBytes = 34;
constexpr size_t kSpikeHeaderBytes = 26;

absl::Status Invalid(const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("Open Ephys message: ", what));
}

template <typename T>
T Load(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

std::string_view EnvelopeText(std::string_view part) {
  if (!part.empty() && part.back() == '\0') part.remove_suffix(1);
  return part;
}

// The type names of Spike Detector's default electrode names.
const char* ElectrodePrefix(int channels) {
  switch (channels) {
    case 1:
      return "SE ";
    case 2:
      return "ST ";
    case 4:
      return "TT ";
    default:
      return nullptr;
  }
}

}  // namespace

absl::StatusOr<simdjson::dom::object> OpenEphysParser::ParseJson(std::string_view text) {
  if (text.size() > kMostJson) return Invalid(absl::StrCat("JSON of ", text.size(), " bytes"));
  if (padded_.size() < text.size() + simdjson::SIMDJSON_PADDING) {
    padded_.resize(2 * text.size() + simdjson::SIMDJSON_PADDING);
  }
  if (!text.empty()) std::memcpy(padded_.data(), text.data(), text.size());
  std::memset(padded_.data() + text.size(), 0, simdjson::SIMDJSON_PADDING);
  simdjson::dom::object object;
  const simdjson::error_code error =
      json_.parse(padded_.data(), text.size(), /*realloc_if_needed=*/false).get(object);
  if (error != simdjson::SUCCESS) {
    return Invalid(absl::StrCat("no JSON object: ", simdjson::error_message(error)));
  }
  return object;
}

absl::StatusOr<OpenEphysMessage> OpenEphysParser::ParseBinarySpike(std::string_view bytes) {
  if (bytes.size() < kSpikeHeaderBytes) {
    return Invalid(absl::StrCat("a binary spike's header ends after ", bytes.size(), " bytes"));
  }
  const int channels = Load<uint8_t>(bytes, 1);
  const char* const prefix = ElectrodePrefix(channels);
  if (prefix == nullptr) {
    return Invalid(absl::StrCat("\"channel type\" is ", channels, ", not 1, 2 or 4"));
  }
  const size_t channel_bytes = sizeof(float) * static_cast<size_t>(channels);
  const size_t rest = bytes.size() - kSpikeHeaderBytes;
  if (rest < channel_bytes || rest % channel_bytes != 0) {
    return Invalid(absl::StrCat("\"waveform\": ", rest, " bytes of thresholds and waveforms for ",
                                channels, " channels"));
  }
  OpenEphysSpike spike;
  spike.source_node = Load<uint16_t>(bytes, 2);
  spike.stream_id = Load<uint16_t>(bytes, 4);
  spike.electrode_index = Load<uint16_t>(bytes, 6);
  electrode_.assign(prefix);
  absl::StrAppend(&electrode_, spike.electrode_index + 1);
  spike.electrode = electrode_;
  spike.sample = Load<int64_t>(bytes, 8);
  if (spike.sample < -kMostSamples || spike.sample > kMostSamples) {
    return Invalid(absl::StrCat("\"sample_number\" is ", spike.sample));
  }
  spike.timestamp_seconds = Load<double>(bytes, 16);
  spike.sorted_id = Load<uint16_t>(bytes, 24);
  spike.num_channels = channels;
  spike.num_samples = static_cast<int>(rest / channel_bytes) - 1;
  for (int i = 0; i < channels; ++i) {
    spike.thresholds_uv.push_back(
        Load<float>(bytes, kSpikeHeaderBytes + sizeof(float) * static_cast<size_t>(i)));
  }
  spike.waveform = bytes.substr(kSpikeHeaderBytes + channel_bytes);
  return OpenEphysMessage{spike};
}

absl::StatusOr<OpenEphysMessage> OpenEphysParser::ParseBinaryTtl(std::string_view bytes) {
  if (bytes.size() != kTtlBytes) {
    return Invalid(absl::StrCat("a binary TTL event of ", bytes.size(), " bytes, not 34"));
  }
  if (bytes[1] != kTtlSubtype) {
    return Invalid(absl::StrCat("\"event type\" is ", static_cast<int>(bytes[1]), ", not 3"));
  }
  OpenEphysTtl ttl;
  ttl.source_node = Load<uint16_t>(bytes, 2);
  ttl.stream_id = Load<uint16_t>(bytes, 4);
  ttl.channel_index = Load<uint16_t>(bytes, 6);
  ttl.sample = Load<int64_t>(bytes, 8);
  if (ttl.sample < -kMostSamples || ttl.sample > kMostSamples) {
    return Invalid(absl::StrCat("\"sample_number\" is ", ttl.sample));
  }
  ttl.timestamp_seconds = Load<double>(bytes, 16);
  ttl.line = Load<uint8_t>(bytes, 24);
  ttl.state = Load<uint8_t>(bytes, 25) != 0;
  ttl.word = Load<uint64_t>(bytes, 26);
  return OpenEphysMessage{ttl};
}

absl::StatusOr<OpenEphysMessage> OpenEphysParser::ParseEventBroadcaster(
    absl::Span<const std::string_view> parts) {
  if (parts.size() != 2) return Invalid(absl::StrCat(parts.size(), " parts, not 2"));
  if (parts[0].size() != 2) {
    return Invalid(absl::StrCat("part 0 has ", parts[0].size(), " bytes, not 2"));
  }
  const int type = Load<uint16_t>(parts[0], 0);
  if (type > 1) return Invalid(absl::StrCat("part 0 is ", type, ", not 0 (TTL) or 1 (spike)"));
  const bool is_spike = type == 1;
  const std::string_view body = parts[1];
  if (body.empty()) return Invalid("part 1 is empty");
  if (body[0] == kSpikeType || body[0] == kTtlType) {
    if ((body[0] == kSpikeType) != is_spike) return Invalid("part 0 and part 1 differ in type");
    return is_spike ? ParseBinarySpike(body) : ParseBinaryTtl(body);
  }
  EVOKE_ASSIGN_OR_RETURN(const simdjson::dom::object object, ParseJson(body));
  JsonFields fields(object);
  if (fields.Text("event_type") != (is_spike ? "spike" : "ttl")) {
    fields.Fail("event_type", is_spike ? "is not spike" : "is not ttl");
  }
  if (!is_spike) {
    OpenEphysTtl ttl;
    ttl.stream = fields.Text("stream");
    ttl.source_node = static_cast<int>(fields.Int("source_node", 0, 0xffff));
    ttl.sample_rate_hz = fields.Number("sample_rate", 0);
    ttl.channel_name = fields.Text("channel_name");
    ttl.sample = fields.Int("sample_number", -kMostSamples, kMostSamples);
    ttl.line = static_cast<int>(fields.Int("line", 0, kLines - 1));
    ttl.state = fields.Bool("state");
    EVOKE_RETURN_IF_ERROR(fields.status());
    return OpenEphysMessage{ttl};
  }
  OpenEphysSpike spike;
  spike.stream = fields.Text("stream");
  spike.source_node = static_cast<int>(fields.Int("source_node", 0, 0xffff));
  spike.electrode = fields.Text("electrode");
  spike.num_channels = static_cast<int>(fields.Int("num_channels", 1, kMostChannels));
  spike.sample_rate_hz = fields.Number("sample_rate", 0);
  spike.sample = fields.Int("sample_number", -kMostSamples, kMostSamples);
  spike.sorted_id = static_cast<int>(fields.Int("sorted_id", 0, 0xffff));
  for (int i = 1; i <= spike.num_channels && fields.status().ok(); ++i) {
    char key[8];
    const int length = std::snprintf(key, sizeof(key), "amp%d", i);
    spike.amplitudes_uv.push_back(
        fields.Number({key, static_cast<size_t>(length)}, std::numeric_limits<double>::lowest()));
  }
  EVOKE_RETURN_IF_ERROR(fields.status());
  return OpenEphysMessage{spike};
}

absl::StatusOr<OpenEphysMessage> OpenEphysParser::ParseZmqInterface(
    absl::Span<const std::string_view> parts) {
  if (parts.size() != 3) return Invalid(absl::StrCat(parts.size(), " parts, not 3"));
  const std::string_view envelope = EnvelopeText(parts[0]);
  if (envelope != "DATA" && envelope != "EVENT") {
    return Invalid("part 0 is neither DATA nor EVENT");
  }
  EVOKE_ASSIGN_OR_RETURN(const simdjson::dom::object object, ParseJson(parts[1]));
  const std::string_view payload = parts[2];
  JsonFields header(object);
  OpenEphysMessage message;
  message.message_num = header.Int("message_num", 0, kMostSamples);
  message.unix_millis = header.Int("timestamp", 0, kMostSamples);
  const bool is_data = envelope == "DATA";
  // The body of a spike stands under a key of its own.
  const bool is_spike = !is_data && header.Has("spike");
  const char* const body_key = is_spike ? "spike" : "content";
  simdjson::dom::object body;
  if (object.at_key(body_key).get(body) != simdjson::SUCCESS) {
    header.Fail(body_key, "is not there or no object");
  }
  EVOKE_RETURN_IF_ERROR(header.status());
  JsonFields fields(body);
  if (is_data) {
    OpenEphysData data;
    data.stream = fields.Text("stream");
    data.channel = static_cast<int>(fields.Int("channel_num", 0, 1 << 20));
    data.channel_name = fields.Text("channel_name");
    data.num_samples = static_cast<int>(fields.Int("num_samples", 0, kMostBlockSamples));
    data.first_sample = fields.Int("sample_num", -kMostSamples, kMostSamples);
    data.sample_rate_hz = fields.Number("sample_rate", 0);
    data.samples = payload;
    if (payload.size() != sizeof(float) * static_cast<size_t>(data.num_samples)) {
      fields.Fail("num_samples", absl::StrCat("does not fit ", payload.size(), " payload bytes"));
    }
    message.content = data;
  } else if (is_spike) {
    OpenEphysSpike spike;
    spike.stream = fields.Text("stream");
    spike.source_node = static_cast<int>(fields.Int("source_node", 0, 0xffff));
    spike.electrode = fields.Text("electrode");
    spike.sample = fields.Int("sample_num", -kMostSamples, kMostSamples);
    spike.num_channels = static_cast<int>(fields.Int("num_channels", 1, kMostChannels));
    spike.num_samples = static_cast<int>(fields.Int("num_samples", 0, kMostBlockSamples));
    spike.sorted_id = static_cast<int>(fields.Int("sorted_id", 0, 0xffff));
    fields.Numbers("threshold", spike.num_channels, &spike.thresholds_uv);
    spike.waveform = payload;
    if (payload.size() != sizeof(float) * static_cast<size_t>(spike.num_channels) *
                              static_cast<size_t>(spike.num_samples)) {
      fields.Fail("num_samples", absl::StrCat("does not fit ", payload.size(), " payload bytes"));
    }
    message.content = spike;
  } else if (fields.Int("type", 0, 0xff) == kTtlSubtype) {
    OpenEphysTtl ttl;
    ttl.stream = fields.Text("stream");
    ttl.source_node = static_cast<int>(fields.Int("source_node", 0, 0xffff));
    ttl.sample = fields.Int("sample_num", -kMostSamples, kMostSamples);
    if (payload.size() != 10) {
      return Invalid(absl::StrCat("TTL payload of ", payload.size(), " bytes, not 10"));
    }
    ttl.line = Load<uint8_t>(payload, 0);
    ttl.state = Load<uint8_t>(payload, 1) != 0;
    ttl.word = Load<uint64_t>(payload, 2);
    message.content = ttl;
  }
  EVOKE_RETURN_IF_ERROR(fields.status());
  return message;
}

}  // namespace evoke
