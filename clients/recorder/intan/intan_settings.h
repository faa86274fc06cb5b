// The settings of a recording program that stands in for RHX, and the text commands that read and
// change them: what RHX 3.4.0 answers to what, to the letter.
#ifndef EVOKE_CLIENTS_RECORDER_INTAN_INTAN_SETTINGS_H_
#define EVOKE_CLIENTS_RECORDER_INTAN_INTAN_SETTINGS_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "clients/recorder/intan/intan_setup.h"

namespace evoke {

// A data output, as RHX calls its states.
struct IntanOutputState {
  enum class Status { kDisconnected, kPending, kConnected };
  Status status = Status::kDisconnected;
  std::string host = "127.0.0.1";
  int port = 0;
};

// Not thread-safe.
class IntanSettings {
 public:
  std::string type = "ControllerRecordUSB3";
  std::string version = "3.4.0";
  double sample_rate_hz = 20000;
  int blocks_per_write = 10;
  int64_t current_timestamp = -1;           // told while running
  std::array<IntanOutputState, 2> outputs;  // by IntanOutput
  int runs = 0;                             // starts of the acquisition

  // Native names. All are enabled; none is sent.
  void SetChannels(const std::vector<std::string>& channels);
  bool running() const { return run_mode_ != "Stop"; }
  const std::string& run_mode() const { return run_mode_; }
  // As if the button were pressed; "Run" and "Stop", "Record", "Trigger".
  void SetRunMode(absl::string_view mode);
  bool spikes_enabled(absl::string_view channel) const;
  // Whether any digital input, and so the word of all, is in the waveform output.
  bool digital_enabled() const;

  // Carries out what one segment holds, commands separated by semicolons. Returns the answer; "" if
  // there is none, as for all that succeeds and asks nothing.
  std::string Handle(absl::string_view text);

 private:
  struct Item {
    std::string name;  // as RHX writes it
    std::string value;
  };

  std::string Get(absl::string_view item) const;
  std::string Set(absl::string_view item, absl::string_view value);
  std::string Execute(absl::string_view action);

  std::string run_mode_ = "Stop";
  // Of the channels: "a-003.tcpdataoutputenabledspike".
  absl::flat_hash_map<std::string, Item> items_;
  std::array<int, 26> port_channels_ = {};
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_INTAN_INTAN_SETTINGS_H_
