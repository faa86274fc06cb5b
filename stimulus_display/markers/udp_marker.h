// Marks onsets and offsets by a line of JSON in a UDP datagram.
#ifndef EVOKE_STIMULUS_DISPLAY_MARKERS_UDP_MARKER_H_
#define EVOKE_STIMULUS_DISPLAY_MARKERS_UDP_MARKER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/udp_address.h"
#include "stimulus_display/markers/marker_port.h"

namespace evoke {

// {"event":"onset","trial":"experiments/e/trials/7","sync_code":7,"stamp_nanos":81234567890123}
// and a line end. Whether anybody listens is not known.
class UdpMarker : public MarkerPort {
 public:
  // Errors of ResolveUdp().
  static absl::StatusOr<std::unique_ptr<UdpMarker>> Open(const std::string& host_port);
  ~UdpMarker() override;

  std::string name() const override { return "udp " + host_port_; }
  // UNAVAILABLE: the network takes nothing now.
  absl::Status Send(const Mark& mark) override;

 private:
  UdpMarker(std::string host_port, const UdpAddress& to, int socket);

  const std::string host_port_;
  const UdpAddress to_;
  const int socket_;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_MARKERS_UDP_MARKER_H_
