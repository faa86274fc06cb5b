#include "clients/recorder/intan/intan_wire.h"

#include <algorithm>
#include <cstring>

namespace evoke {
namespace {

constexpr char kSpikeMagic[] = {'\x0f', '\x71', '\xe2', '\x3a'};
constexpr char kBlockMagic[] = {'\x08', '\x7a', '\xf0', '\x2e'};
constexpr size_t kMagicBytes = 4;

uint32_t U16At(const char* p) {
  return static_cast<uint8_t>(p[0]) | static_cast<uint32_t>(static_cast<uint8_t>(p[1])) << 8;
}
uint32_t U32At(const char* p) { return U16At(p) | U16At(p + 2) << 16; }

void AppendU16(uint32_t value, std::string* bytes) {
  bytes->push_back(static_cast<char>(value & 0xff));
  bytes->push_back(static_cast<char>(value >> 8 & 0xff));
}
void AppendU32(uint32_t value, std::string* bytes) {
  AppendU16(value & 0xffff, bytes);
  AppendU16(value >> 16, bytes);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Magic, a native channel name and one of the ids: 14 bytes that look like this by chance are not
// to be expected.
bool IsSpike(const char* p) {
  if (std::memcmp(p, kSpikeMagic, kMagicBytes) != 0) return false;
  const char* name = p + kMagicBytes;
  if (name[0] < 'A' || name[0] > 'Z' || name[1] != '-') return false;
  if (!IsDigit(name[2]) || !IsDigit(name[3]) || !IsDigit(name[4])) return false;
  const auto id = static_cast<uint8_t>(p[13]);
  return id == 1 || id == 2 || id == 4 || id == 8 || id == 0x40 || id == 0x80;
}

// Magic, and samples that run on by one. So frames that hold more than the digital word are
// noticed, too.
bool IsBlock(const char* p) {
  if (std::memcmp(p, kBlockMagic, kMagicBytes) != 0) return false;
  const uint32_t first = U32At(p + kMagicBytes);
  for (uint32_t i = 1; i < kIntanBlockSamples; ++i) {
    if (U32At(p + kMagicBytes + 6 * i) != first + i) return false;
  }
  return true;
}

// Finds the records in pending + bytes. `is_record(p)` may look at `record_bytes`; `take(p)` gets a
// record, `skip(n)` the number of bytes that are part of none. A record is looked for at every
// place, whatever the chunks: garbage that begins like a record must not hide a real one.
template <typename IsRecord, typename Take, typename Skip>
void Scan(absl::string_view bytes, const char* magic, size_t record_bytes, std::string* pending,
          IsRecord is_record, Take take, Skip skip) {
  // Without a copy where no record is cut in two, as is usual.
  absl::string_view rest = bytes;
  if (!pending->empty()) {
    pending->append(bytes.data(), bytes.size());
    rest = *pending;
  }
  while (true) {
    if (rest.size() >= record_bytes && is_record(rest.data())) {
      take(rest.data());
      rest.remove_prefix(record_bytes);
      continue;
    }
    if (rest.empty()) break;
    // May this be the beginning of a record whose end has not come?
    const size_t known = std::min(rest.size(), kMagicBytes);
    if (rest.size() < record_bytes && std::memcmp(rest.data(), magic, known) == 0) break;
    const size_t next = rest.find(magic[0], 1);
    const size_t skipped = std::min(next, rest.size());
    skip(skipped);
    rest.remove_prefix(skipped);
  }
  if (pending->empty()) {
    pending->assign(rest.data(), rest.size());
  } else {
    pending->erase(0, pending->size() - rest.size());
  }
}

}  // namespace

int64_t UnwrapSample(uint32_t low, int64_t reference) {
  const auto step = static_cast<int32_t>(low - static_cast<uint32_t>(reference));
  return reference + step;
}

IntanSortedId SortedIdOf(uint8_t id) {
  switch (id) {
    case 1:
      return {1, false};
    case 2:
      return {2, false};
    case 4:
      return {3, false};
    case 8:
      return {4, false};
    case 0x80:
      return {0, true};
    default:
      return {0, false};
  }
}

uint8_t IntanIdOf(int32_t unit) {
  return unit >= 1 && unit <= 4 ? static_cast<uint8_t>(1 << (unit - 1)) : 0x40;
}

void IntanSpikeParser::Parse(absl::string_view bytes, std::vector<IntanSpike>* spikes) {
  Scan(
      bytes, kSpikeMagic, kIntanSpikeBytes, &pending_, IsSpike,
      [&](const char* p) {
        IntanSpike& spike = spikes->emplace_back();
        std::copy_n(p + 4, spike.channel.size(), spike.channel.begin());
        spike.sample = U32At(p + 9);
        spike.id = static_cast<uint8_t>(p[13]);
      },
      [&](size_t skipped) { garbage_bytes_ += skipped; });
}

void IntanSpikeParser::Reset() { *this = IntanSpikeParser(); }

void IntanDigitalParser::Parse(absl::string_view bytes, std::vector<IntanDigitalBlock>* blocks) {
  Scan(
      bytes, kBlockMagic, kIntanBlockBytes, &pending_, IsBlock,
      [&](const char* p) {
        IntanDigitalBlock& block = blocks->emplace_back();
        block.first_sample = U32At(p + 4);
        for (size_t i = 0; i < block.words.size(); ++i) {
          block.words[i] = static_cast<uint16_t>(U16At(p + 8 + 6 * i));
        }
        block.garbage_before = garbage_since_block_;
        garbage_since_block_ = 0;
      },
      [&](size_t skipped) {
        garbage_bytes_ += skipped;
        garbage_since_block_ += skipped;
      });
}

void IntanDigitalParser::Reset() { *this = IntanDigitalParser(); }

void AppendIntanSpike(const IntanSpike& spike, std::string* bytes) {
  bytes->append(kSpikeMagic, kMagicBytes);
  bytes->append(spike.channel.data(), spike.channel.size());
  AppendU32(spike.sample, bytes);
  bytes->push_back(static_cast<char>(spike.id));
}

void AppendIntanBlock(const IntanDigitalBlock& block, std::string* bytes) {
  bytes->append(kBlockMagic, kMagicBytes);
  uint32_t sample = block.first_sample;
  for (const uint16_t word : block.words) {
    AppendU32(sample++, bytes);
    AppendU16(word, bytes);
  }
}

}  // namespace evoke
