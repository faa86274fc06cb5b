// The bytes of the Open Ephys GUI's messages: Event Broadcaster 0.3 (JSON and binary) and ZMQ
// Interface 1.0. Pure functions of bytes; sockets are elsewhere. The numbers are little-endian.
//
//   Event Broadcaster   u16 0 TTL or 1 spike | JSON, or the GUI's binary event
//   ZMQ Interface       "DATA\0" or "EVENT\0" | JSON header | payload
#ifndef EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_WIRE_H_
#define EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_WIRE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clients/recorder/open_ephys/open_ephys_message.h"
#include "simdjson.h"

namespace evoke {

// Takes messages apart. Not thread-safe; keeps its buffers from message to message, so that the
// rate of spikes costs no allocations. Anything that is not of the format is INVALID_ARGUMENT
// naming the part or field; no input is trusted.
class OpenEphysParser {
 public:
  // The message, valid until the next call and as long as the parts are.
  absl::StatusOr<OpenEphysMessage> Parse(OpenEphysPlugin plugin,
                                         absl::Span<const std::string_view> parts) {
    return plugin == OpenEphysPlugin::kEventBroadcaster ? ParseEventBroadcaster(parts)
                                                        : ParseZmqInterface(parts);
  }
  // JSON and binary are told apart by the first byte of the second part: the setting can be
  // changed while the GUI acquires.
  absl::StatusOr<OpenEphysMessage> ParseEventBroadcaster(absl::Span<const std::string_view> parts);
  absl::StatusOr<OpenEphysMessage> ParseZmqInterface(absl::Span<const std::string_view> parts);

 private:
  absl::StatusOr<simdjson::dom::object> ParseJson(std::string_view text);
  absl::StatusOr<OpenEphysMessage> ParseBinarySpike(std::string_view bytes);
  absl::StatusOr<OpenEphysMessage> ParseBinaryTtl(std::string_view bytes);

  simdjson::dom::parser json_;
  std::vector<char> padded_;  // the JSON text, with the room behind it that simdjson reads
  std::string electrode_;     // name of a binary spike's electrode
};

// The parts of a message, as the plugins send them. Fields that a format does not have are left
// out; `content` of ZMQ Interface messages takes message_num and unix_millis from the message.
std::vector<std::string> EncodeEventBroadcaster(const OpenEphysSpike& spike,
                                                OpenEphysFormat format);
std::vector<std::string> EncodeEventBroadcaster(const OpenEphysTtl& ttl, OpenEphysFormat format);
std::vector<std::string> EncodeZmqInterface(const OpenEphysMessage& message);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_WIRE_H_
