#include "clients/api/clock_offset.h"

#include <algorithm>

namespace evoke {
namespace {

// At two heartbeats a second: short enough that drifting clocks (50 ppm: 1.6 ms in 32 s) stay
// inside a network's round trip.
constexpr size_t kKept = 64;

}  // namespace

void ClockOffset::Add(int64_t client_send, int64_t server_receive, int64_t server_send,
                      int64_t client_receive) {
  const int64_t round_trip = (client_receive - client_send) - (server_send - server_receive);
  const int64_t offset = ((server_receive - client_send) + (server_send - client_receive)) / 2;
  exchanges_.push_back({offset, std::max<int64_t>(0, round_trip)});
  if (exchanges_.size() > kKept) exchanges_.pop_front();
}

v1::Instant ClockOffset::ToInstant(int64_t local_nanos, int64_t uncertainty_nanos) const {
  v1::Instant instant;
  instant.set_local_nanos(local_nanos);
  const auto best = std::min_element(
      exchanges_.begin(), exchanges_.end(),
      [](const Exchange& a, const Exchange& b) { return a.round_trip < b.round_trip; });
  if (best == exchanges_.end()) return instant;
  instant.set_session_nanos(local_nanos + best->offset);
  instant.set_uncertainty_nanos(uncertainty_nanos + best->round_trip / 2);
  return instant;
}

}  // namespace evoke
