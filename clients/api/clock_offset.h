// From this process' clock to the session clock of the server.
#ifndef EVOKE_CLIENTS_API_CLOCK_OFFSET_H_
#define EVOKE_CLIENTS_API_CLOCK_OFFSET_H_

#include <cstdint>
#include <deque>

#include "evoke/v1/trial.pb.h"

namespace evoke {

// Keeps the exchange with the least round trip among the latest ones, as NTP does (Mills 1991): the
// true offset lies within half a round trip of that exchange's. Not thread-safe.
class ClockOffset {
 public:
  // Four stamps in nanoseconds: sent and received by this process' clock, received and sent by the
  // server's session clock.
  void Add(int64_t client_send, int64_t server_receive, int64_t server_send,
           int64_t client_receive);
  // Another run of the server has another zero.
  void Reset() { exchanges_.clear(); }

  bool known() const { return !exchanges_.empty(); }
  // Session nanos and uncertainty are 0 before the first exchange. `uncertainty_nanos` is the
  // stamp's own.
  v1::Instant ToInstant(int64_t local_nanos, int64_t uncertainty_nanos) const;

 private:
  struct Exchange {
    int64_t offset = 0;  // session - local
    int64_t round_trip = 0;
  };
  std::deque<Exchange> exchanges_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_API_CLOCK_OFFSET_H_
