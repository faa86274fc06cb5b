#include "stimulus_display/markers/serial_marker.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {

absl::StatusOr<std::unique_ptr<SerialMarker>> SerialMarker::Open(const std::string& device) {
  std::unique_ptr<SerialMarker> marker(new SerialMarker(device));
  EVOKE_RETURN_IF_ERROR(marker->OpenDevice());
  return marker;
}

SerialMarker::~SerialMarker() { Close(); }

absl::Status SerialMarker::OpenDevice() {
  file_ = open(device_.c_str(), O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (file_ < 0) {
    return absl::NotFoundError(absl::StrCat(
        "marker on ", device_, ": ", std::strerror(errno),
        errno == EACCES ? "; add yourself to the group dialout" : "; is it plugged in?"));
  }
  termios settings{};
  if (tcgetattr(file_, &settings) != 0) {
    Close();
    return absl::InvalidArgumentError(
        absl::StrCat("marker on ", device_, ": is not a serial port"));
  }
  cfmakeraw(&settings);
  cfsetspeed(&settings, B115200);
  settings.c_cflag |= CLOCAL;
  settings.c_cflag &= ~static_cast<tcflag_t>(CRTSCTS | CSTOPB);
  if (tcsetattr(file_, TCSANOW, &settings) != 0) {
    Close();
    return absl::InvalidArgumentError(
        absl::StrCat("marker on ", device_, ": can't be set to 115200 baud"));
  }
  return absl::OkStatus();
}

void SerialMarker::Close() {
  if (file_ >= 0) close(std::exchange(file_, -1));
}

absl::Status SerialMarker::Send(const Mark& mark) {
  if (file_ < 0) EVOKE_RETURN_IF_ERROR(OpenDevice());
  const uint8_t byte = MarkerByte(mark.sync_code);
  if (write(file_, &byte, 1) == 1) return absl::OkStatus();
  const std::string why = std::strerror(errno);
  Close();
  return absl::UnavailableError(absl::StrCat("marker on ", device_, ": ", why));
}

}  // namespace evoke
