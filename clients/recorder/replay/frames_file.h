// Captured ZeroMQ messages: a `.frames` file, plain or gzipped. It repeats, little-endian,
//
//   f64 unix receive time | u32 parts | parts x { u32 length | bytes }
#ifndef EVOKE_CLIENTS_RECORDER_REPLAY_FRAMES_FILE_H_
#define EVOKE_CLIENTS_RECORDER_REPLAY_FRAMES_FILE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace evoke {

struct CapturedMessage {
  double unix_seconds = 0;  // when it was received
  std::vector<std::string> parts;
};

// All messages of a file. NOT_FOUND if it can't be opened, DATA_LOSS naming the byte where it is
// damaged or cut off.
absl::StatusOr<std::vector<CapturedMessage>> ReadFramesFile(const std::string& path);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_REPLAY_FRAMES_FILE_H_
