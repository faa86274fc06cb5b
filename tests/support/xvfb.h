// An X server of the test's own, without a monitor.
#ifndef EVOKE_TESTS_SUPPORT_XVFB_H_
#define EVOKE_TESTS_SUPPORT_XVFB_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/image.h"

namespace evoke {

// Runs Xvfb on a display number that is free; the destructor ends it. It also ends with the thread
// that started it, so that a crashed test leaves no server behind.
class Xvfb {
 public:
  // UNAVAILABLE, saying which package to install, if Xvfb is missing or does not start.
  static absl::StatusOr<std::unique_ptr<Xvfb>> Start(int width, int height);
  ~Xvfb();
  Xvfb(const Xvfb&) = delete;
  Xvfb& operator=(const Xvfb&) = delete;

  // The server's own frame buffer: what a monitor would show now.
  absl::StatusOr<Image> Screenshot() const;

  // As the environment variable DISPLAY wants it, ":99".
  const std::string& display() const { return display_; }

 private:
  Xvfb(pid_t pid, std::string folder, std::string display)
      : pid_(pid), folder_(std::move(folder)), display_(std::move(display)) {}
  const pid_t pid_;
  const std::string folder_;  // of the frame buffer, a file that the server maps
  const std::string display_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_XVFB_H_
