// What one message of the Open Ephys GUI says, whichever plugin sent it and in whichever format.
#ifndef EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_MESSAGE_H_
#define EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_MESSAGE_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "absl/container/inlined_vector.h"

namespace evoke {

// The two plugins that put a signal chain's events on ZeroMQ sockets.
enum class OpenEphysPlugin { kEventBroadcaster, kZmqInterface };
// Event Broadcaster's setting "output format".
enum class OpenEphysFormat { kJson, kBinary };

// Texts and payloads of the structs below are views: of a parsed message they live until the next
// one is parsed or its parts are freed.

struct OpenEphysSpike {
  std::string_view stream;  // empty in binary, which tells `stream_id` instead
  int stream_id = -1;       // binary only
  int source_node = 0;      // Event Broadcaster's JSON tells its own node, not the detector's
  // Binary tells type and index only; the name is then the one that Spike Detector gives by
  // default, "SE 1" for index 0 of a single electrode. Renamed electrodes, and chains that mix
  // types, need JSON.
  std::string_view electrode;
  int electrode_index = -1;  // binary only
  int64_t sample = 0;
  int sorted_id = 0;
  double sample_rate_hz = 0;  // 0: not told (binary, ZMQ Interface)
  int num_channels = 1;
  int num_samples = 0;                           // of the waveform; 0: none sent
  double timestamp_seconds = -1;                 // binary only; -1: the source has none
  absl::InlinedVector<double, 4> amplitudes_uv;  // Event Broadcaster's JSON only
  absl::InlinedVector<float, 4> thresholds_uv;   // binary and ZMQ Interface
  std::string_view waveform;                     // float32 uV, little-endian, channel by channel
};

// A digital line changed.
struct OpenEphysTtl {
  std::string_view stream;  // empty in binary
  int stream_id = -1;       // binary only
  int source_node = 0;
  std::string_view channel_name;  // Event Broadcaster's JSON only
  int channel_index = 0;          // binary only
  int64_t sample = 0;
  int line = 0;  // from 0, in all formats
  bool state = false;
  std::optional<uint64_t> word;  // all lines; Event Broadcaster's JSON tells none
  double sample_rate_hz = 0;     // 0: not told
  double timestamp_seconds = -1;
};

// A block of one continuous channel (ZMQ Interface).
struct OpenEphysData {
  std::string_view stream;
  int channel = 0;
  std::string_view channel_name;
  int64_t first_sample = 0;
  int num_samples = 0;
  double sample_rate_hz = 0;
  std::string_view samples;  // float32 uV, little-endian
};

struct OpenEphysMessage {
  // Nothing: a well-formed message of a kind that says nothing about spikes, lines or time.
  std::variant<std::monostate, OpenEphysSpike, OpenEphysTtl, OpenEphysData> content;
  // ZMQ Interface counts its messages from 1, over all kinds, anew at each start of the
  // acquisition. -1: not told.
  int64_t message_num = -1;
  int64_t unix_millis = 0;  // of the GUI's clock; ZMQ Interface only
};

// Where a message stands.
struct OpenEphysPlace {
  std::string_view stream;
  int stream_id = -1;
  int64_t last_sample = 0;  // the latest sample that it tells of
  double sample_rate_hz = 0;
};
// Nothing if the message says nothing.
std::optional<OpenEphysPlace> PlaceOf(const OpenEphysMessage& message);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_MESSAGE_H_
