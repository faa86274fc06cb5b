// Takes orders to abort from an eye tracker's or behaviour's program, by UDP.
#ifndef EVOKE_STIMULUS_DISPLAY_CLIENT_ABORT_LISTENER_H_
#define EVOKE_STIMULUS_DISPLAY_CLIENT_ABORT_LISTENER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"

namespace evoke {

// Each datagram aborts; its text is the reason ("fixation broken"). Whoever can send to the address
// can abort, so that it is this machine's own unless another is given.
class AbortListener {
 public:
  // `address`: [HOST:]PORT of this machine; port 0 takes a free one. `abort` is called with each
  // reason, on a thread of the listener's own. Errors of ResolveUdp(); UNAVAILABLE: the port is
  // taken.
  static absl::StatusOr<std::unique_ptr<AbortListener>> Start(
      const std::string& address, std::function<void(const std::string& reason)> abort);
  ~AbortListener();

  int port() const { return port_; }

 private:
  AbortListener(int socket, int port, std::function<void(const std::string&)> abort);
  void Loop();

  const int socket_;
  const int port_;
  const std::function<void(const std::string&)> abort_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_CLIENT_ABORT_LISTENER_H_
