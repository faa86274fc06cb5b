// Feeds the parsers of Open Ephys' messages. The input's first byte chooses the plugin, the next
// ones cut the rest into parts: u16 length, bytes, the last part without a length.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "clients/recorder/open_ephys/open_ephys_wire.h"

namespace {

using evoke::OpenEphysData;
using evoke::OpenEphysFormat;
using evoke::OpenEphysMessage;
using evoke::OpenEphysPlugin;
using evoke::OpenEphysSpike;
using evoke::OpenEphysTtl;

void Check(bool holds) {
  if (!holds) std::abort();
}

void CheckSpike(const OpenEphysSpike& spike) {
  Check(spike.sorted_id >= 0 && spike.sorted_id <= 0xffff);
  Check(spike.num_channels >= 1 && spike.num_samples >= 0);
  if (!spike.waveform.empty()) {
    Check(spike.waveform.size() ==
          sizeof(float) * static_cast<size_t>(spike.num_channels * spike.num_samples));
  }
}

// What was taken is written, and read again, as the same.
void CheckRoundTrip(OpenEphysPlugin plugin, const OpenEphysMessage& message) {
  const auto* spike = std::get_if<OpenEphysSpike>(&message.content);
  const auto* ttl = std::get_if<OpenEphysTtl>(&message.content);
  const auto* data = std::get_if<OpenEphysData>(&message.content);
  if (spike == nullptr && ttl == nullptr && data == nullptr) return;
  std::vector<std::string> parts;
  if (plugin == OpenEphysPlugin::kZmqInterface) {
    parts = EncodeZmqInterface(message);
  } else {
    const bool binary = (spike != nullptr ? spike->stream_id : ttl->stream_id) >= 0;
    const auto format = binary ? OpenEphysFormat::kBinary : OpenEphysFormat::kJson;
    parts = spike != nullptr ? EncodeEventBroadcaster(*spike, format)
                             : EncodeEventBroadcaster(*ttl, format);
  }
  evoke::OpenEphysParser parser;
  const std::vector<std::string_view> views(parts.begin(), parts.end());
  const auto again = parser.Parse(plugin, views);
  Check(again.ok());
  Check(again->message_num == message.message_num);
  Check(PlaceOf(*again)->last_sample == PlaceOf(message)->last_sample);
  Check(PlaceOf(*again)->stream == PlaceOf(message)->stream);
  if (spike != nullptr) {
    const auto& other = std::get<OpenEphysSpike>(again->content);
    Check(other.electrode == spike->electrode && other.sorted_id == spike->sorted_id);
    Check(other.waveform == spike->waveform);
  }
  if (ttl != nullptr) {
    const auto& other = std::get<OpenEphysTtl>(again->content);
    Check(other.line == ttl->line && other.state == ttl->state && other.word == ttl->word);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // One parser for all inputs: what it keeps must not matter.
  static evoke::OpenEphysParser used;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  if (rest.empty()) return 0;
  const auto plugin =
      (rest[0] & 1) != 0 ? OpenEphysPlugin::kZmqInterface : OpenEphysPlugin::kEventBroadcaster;
  rest.remove_prefix(1);
  const size_t part_count = plugin == OpenEphysPlugin::kZmqInterface ? 3 : 2;
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < part_count && rest.size() >= 2) {
    const size_t wish = static_cast<uint8_t>(rest[0]) | static_cast<uint8_t>(rest[1]) << 8;
    parts.push_back(rest.substr(2, wish));
    rest.remove_prefix(2 + parts.back().size());
  }
  parts.push_back(rest);

  const auto message = used.Parse(plugin, parts);
  evoke::OpenEphysParser fresh;
  const auto again = fresh.Parse(plugin, parts);
  Check(again.ok() == message.ok());
  if (!message.ok()) {
    Check(message.status().code() == absl::StatusCode::kInvalidArgument);
    Check(message.status() == again.status());
    return 0;
  }
  if (const auto* spike = std::get_if<OpenEphysSpike>(&message->content)) CheckSpike(*spike);
  CheckRoundTrip(plugin, *message);
  return 0;
}
