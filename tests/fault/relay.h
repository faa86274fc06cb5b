// A man in the middle who speaks the API: what clients send reaches the server twice, or late, and
// the server's clock seems to jump.
#ifndef EVOKE_TESTS_FAULT_RELAY_H_
#define EVOKE_TESTS_FAULT_RELAY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace evoke {

// Thread-safe. Passes every call of a client on and its answer back, and ends when it is destroyed.
class Relay {
 public:
  static absl::StatusOr<std::unique_ptr<Relay>> Start(const std::string& server_address);
  ~Relay();

  std::string address() const;

  // From now on each report goes to the server twice, at the same time.
  void SendTwice();
  // The next `reports` reach the server only after this time.
  void HoldBack(int reports, absl::Duration time);
  // From now on the server's stamps of the clock exchange are shifted: to the client, as if its own
  // clock had jumped the other way.
  void ShiftClock(absl::Duration shift);

  int sent_twice() const;
  int late() const;  // reports that the server called late
  int shifted() const;
  // Answers that don't fit together: of a report sent twice, one has to be called a duplicate,
  // unless neither counts.
  std::vector<std::string> complaints() const;

 private:
  struct Impl;
  explicit Relay(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_FAULT_RELAY_H_
