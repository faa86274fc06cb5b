// Marks onsets by one byte on a serial port.
#ifndef EVOKE_STIMULUS_DISPLAY_MARKERS_SERIAL_MARKER_H_
#define EVOKE_STIMULUS_DISPLAY_MARKERS_SERIAL_MARKER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "stimulus_display/markers/marker_port.h"

namespace evoke {

// The byte of a sync code: the code itself up to 255, then 1 again. Never 0, which recorders take
// for "no marker".
inline uint8_t MarkerByte(uint32_t sync_code) {
  return static_cast<uint8_t>(1 + (sync_code + 254) % 255);
}

// 115200 baud, 8 bits, no parity, 1 stop bit, no flow control. Offsets are not marked. The byte
// takes another 87 us on the wire; a USB adapter adds its own time.
class SerialMarker : public MarkerPort {
 public:
  // NOT_FOUND: the device can't be opened. INVALID_ARGUMENT: it is not a serial port.
  static absl::StatusOr<std::unique_ptr<SerialMarker>> Open(const std::string& device);
  ~SerialMarker() override;

  std::string name() const override { return "serial " + device_; }
  bool marks_offsets() const override { return false; }
  // UNAVAILABLE: the port takes nothing; it is opened anew at the next mark.
  absl::Status Send(const Mark& mark) override;

 private:
  explicit SerialMarker(const std::string& device) : device_(device) {}
  absl::Status OpenDevice();
  void Close();

  const std::string device_;
  int file_ = -1;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_MARKERS_SERIAL_MARKER_H_
