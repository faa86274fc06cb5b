#include "clients/recorder/open_ephys/open_ephys_message.h"

#include <algorithm>

namespace evoke {

std::optional<OpenEphysPlace> PlaceOf(const OpenEphysMessage& message) {
  if (const auto* spike = std::get_if<OpenEphysSpike>(&message.content)) {
    return OpenEphysPlace{spike->stream, spike->stream_id, spike->sample, spike->sample_rate_hz};
  }
  if (const auto* ttl = std::get_if<OpenEphysTtl>(&message.content)) {
    return OpenEphysPlace{ttl->stream, ttl->stream_id, ttl->sample, ttl->sample_rate_hz};
  }
  if (const auto* block = std::get_if<OpenEphysData>(&message.content)) {
    return OpenEphysPlace{block->stream, -1,
                          block->first_sample + std::max(block->num_samples, 1) - 1,
                          block->sample_rate_hz};
  }
  return std::nullopt;
}

}  // namespace evoke
