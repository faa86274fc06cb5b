// The two data streams of Intan RHX, as bytes: detected spikes, and the waveform stream where it
// carries the word of the digital inputs and nothing else. All integers are little-endian.
//
//   spike, 14 bytes:    u32 0x3ae2710f | "A-003" | u32 sample | u8 id
//   waveform, 772:      u32 0x2ef07a08 | 128 x { i32 sample | u16 word, bit k: DIGITAL-IN-(k+1) }
//
// The parsers are incremental: how the bytes are cut into chunks makes no difference. What is not
// of the format is skipped up to the next whole record and counted.
#ifndef EVOKE_CLIENTS_RECORDER_INTAN_INTAN_WIRE_H_
#define EVOKE_CLIENTS_RECORDER_INTAN_INTAN_WIRE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace evoke {

inline constexpr size_t kIntanSpikeBytes = 14;
inline constexpr int kIntanBlockSamples = 128;
inline constexpr size_t kIntanBlockBytes = 4 + kIntanBlockSamples * 6;

// A record of the spike stream. Samples are the low 32 bits of the rig's count: see UnwrapSample().
struct IntanSpike {
  std::array<char, 5> channel = {};  // native name, "A-003"
  uint32_t sample = 0;
  uint8_t id = 0;
  friend bool operator==(const IntanSpike&, const IntanSpike&) = default;
};

// A block of the waveform stream: samples `first_sample` .. + 127.
struct IntanDigitalBlock {
  uint32_t first_sample = 0;
  std::array<uint16_t, kIntanBlockSamples> words = {};
  uint64_t garbage_before = 0;  // bytes that were skipped between the block before and this one
  friend bool operator==(const IntanDigitalBlock&, const IntanDigitalBlock&) = default;
};

// The sample whose low 32 bits are `low` and which is nearest to `reference`. The streams count in
// 32 bits, which wrap after 59 h at 20 kS/s, and the waveform's are signed (halfway round).
int64_t UnwrapSample(uint32_t low, int64_t reference);

// The unit that an RHX id means. Ids 1, 2, 4, 8 are units 1 .. 4; RHX also sends 1 for every
// crossing on a channel where no hoops are set, so unit 1 there is the multi-unit activity.
// 0x40 is a crossing that went through no unit's hoops: unsorted, 0. 0x80 is a likely artifact.
struct IntanSortedId {
  int32_t unit = 0;
  bool artifact = false;
};
IntanSortedId SortedIdOf(uint8_t id);
// The id that RHX sends for a unit 0 .. 4.
uint8_t IntanIdOf(int32_t unit);

// Not thread-safe, as the next.
class IntanSpikeParser {
 public:
  // Appends the records that are complete with these bytes.
  void Parse(absl::string_view bytes, std::vector<IntanSpike>* spikes);
  // Bytes skipped since the start or the last Reset().
  uint64_t garbage_bytes() const { return garbage_bytes_; }
  // Forgets a record's first part: for a new connection.
  void Reset();

 private:
  std::string pending_;  // less than a record
  uint64_t garbage_bytes_ = 0;
};

class IntanDigitalParser {
 public:
  void Parse(absl::string_view bytes, std::vector<IntanDigitalBlock>* blocks);
  uint64_t garbage_bytes() const { return garbage_bytes_; }
  // Skipped since the last block.
  uint64_t garbage_since_block() const { return garbage_since_block_; }
  void Reset();

 private:
  std::string pending_;  // less than a block
  uint64_t garbage_bytes_ = 0;
  uint64_t garbage_since_block_ = 0;
};

// What RHX would send; `*bytes` grows.
void AppendIntanSpike(const IntanSpike& spike, std::string* bytes);
void AppendIntanBlock(const IntanDigitalBlock& block, std::string* bytes);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_INTAN_INTAN_WIRE_H_
