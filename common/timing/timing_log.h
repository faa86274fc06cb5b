// The file in which a display keeps one record of every refresh and of every stimulus.
//
// A text header, then blocks of 128 bytes, little-endian, appended and never changed:
//
//   evoke-timing-log 1
//   header-bytes: 0000001024
//   block-bytes: 128
//   refresh: 1; index i8 @8; target_index i8 @16; ...    the kind, and each field's type and place
//   key: value                                           what the display was set to
//                                                        an empty line, then spaces up to
//                                                        header-bytes
//
// Each block begins with the CRC-32 (as in zlib) of all that follows in it (u32) and its kind
// (u32). After a crash the last block may be torn: a reader skips blocks whose checksum is wrong,
// and counts them. Texts are split over as many blocks as they need.
#ifndef EVOKE_COMMON_TIMING_TIMING_LOG_H_
#define EVOKE_COMMON_TIMING_TIMING_LOG_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evoke {

enum class TimingBlock : uint32_t { kRefresh = 1, kStimulus = 2, kMarker = 3, kText = 4 };

// Instants are CLOCK_MONOTONIC of the display's machine, in nanoseconds; 0: it did not happen.
// `source` and `reason` are numbered in the header ("sources", "miss-reasons").

// A frame that was given to the monitor.
struct LoggedRefresh {
  uint32_t crc = 0;
  uint32_t kind = static_cast<uint32_t>(TimingBlock::kRefresh);
  int64_t index = 0;         // of the monitor's refreshes, the missed ones included
  int64_t target_index = 0;  // the refresh that was aimed at
  int64_t predicted_nanos = 0;
  int64_t commit_begin_nanos = 0;
  int64_t commit_end_nanos = 0;
  int64_t presented_nanos = 0;
  int64_t uncertainty_nanos = 0;
  uint64_t sequence = 0;  // the window system's own count
  uint64_t stimulus = 0;  // the id of the one in the frame; 0: the background
  uint32_t sync_code = 0;
  uint32_t flags = 0;   // of wp_presentation
  int32_t dropped = 0;  // refreshes before this one at which the frame before stayed on
  uint8_t source = 0;
  uint8_t reason = 0;
  uint8_t confirmed = 0;
  uint8_t patch = 0;
  uint8_t unused[32] = {};
};

// A stimulus, once all is known of it.
struct LoggedStimulus {
  uint32_t crc = 0;
  uint32_t kind = static_cast<uint32_t>(TimingBlock::kStimulus);
  uint64_t id = 0;
  int64_t requested_nanos = 0;  // 0: as soon as it could be
  int64_t ready_nanos = 0;
  int64_t predicted_onset_nanos = 0;
  int64_t onset_nanos = 0;
  int64_t predicted_offset_nanos = 0;
  int64_t offset_nanos = 0;
  int64_t uncertainty_nanos = 0;
  int64_t onset_index = 0;
  int64_t offset_index = 0;
  uint32_t sync_code = 0;
  int32_t on_frames = 0;  // asked for
  int32_t frames = 0;     // shown
  int32_t dropped = 0;
  int32_t late_frames = 0;
  uint8_t source = 0;
  uint8_t aborted = 0;
  uint8_t patch = 0;
  uint8_t unused[17] = {};
};

// A marker that was sent to another system.
struct LoggedMarker {
  uint32_t crc = 0;
  uint32_t kind = static_cast<uint32_t>(TimingBlock::kMarker);
  uint64_t stimulus = 0;
  int64_t stamp_nanos = 0;  // of the onset or offset that it marks
  int64_t known_nanos = 0;  // when the refresh thread knew of it
  int64_t sent_nanos = 0;   // when the port had taken the marker
  uint32_t sync_code = 0;
  uint8_t offset = 0;  // 0: an onset, 1: an offset
  uint8_t port = 0;    // as numbered in the header ("markers")
  uint8_t failed = 0;  // 1: it was not sent
  uint8_t unused[81] = {};
};

static_assert(sizeof(LoggedRefresh) == 128 && sizeof(LoggedStimulus) == 128 &&
              sizeof(LoggedMarker) == 128);

// In order, without line ends in names or values.
using TimingSettings = std::vector<std::pair<std::string, std::string>>;

std::string EncodeTimingHeader(const TimingSettings& settings);
std::string EncodeTimingBlock(LoggedRefresh refresh);
std::string EncodeTimingBlock(LoggedStimulus stimulus);
std::string EncodeTimingBlock(LoggedMarker marker);
// One block or more.
std::string EncodeTimingText(absl::string_view text);

struct TimingFile {
  TimingSettings settings;
  int64_t damaged_blocks = 0;  // whose checksum is wrong
  int64_t torn_bytes = 0;      // of a last block that is not whole
  // The value of a setting; empty if there is none.
  std::string Setting(absl::string_view name) const;
};

// Called with the settings, then for each block in the order of the file; any may be left empty.
struct TimingVisitor {
  std::function<void(const TimingFile&)> begin;
  std::function<void(const LoggedRefresh&)> refresh;
  std::function<void(const LoggedStimulus&)> stimulus;
  std::function<void(const LoggedMarker&)> marker;
  std::function<void(const std::string&)> text;
};

// Reads a file in constant memory. NOT_FOUND: it can't be opened. INVALID_ARGUMENT: it is not such
// a file. DATA_LOSS: its header is damaged.
absl::StatusOr<TimingFile> ReadTimingLog(const std::string& path, const TimingVisitor& visitor);

}  // namespace evoke

#endif  // EVOKE_COMMON_TIMING_TIMING_LOG_H_
