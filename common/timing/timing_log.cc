#include "common/timing/timing_log.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <type_traits>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "zlib.h"

namespace evoke {
namespace {

static_assert(std::endian::native == std::endian::little, "blocks are written as they lie");

constexpr size_t kBlockBytes = 128;
constexpr size_t kHeaderStep = 512;
constexpr size_t kMaxHeader = 1 << 20;
constexpr char kMagic[] = "evoke-timing-log 1\n";
constexpr char kLength[] = "header-bytes: ";

// A piece of a text.
struct LoggedText {
  uint32_t crc = 0;
  uint32_t kind = static_cast<uint32_t>(TimingBlock::kText);
  uint8_t length = 0;  // bytes of `text` in use
  uint8_t more = 0;    // 1: goes on in the next block
  char text[118] = {};
};
static_assert(sizeof(LoggedText) == kBlockBytes);

template <typename Field>
constexpr const char* TypeName() {
  if (std::is_same_v<Field, int64_t>) return "i8";
  if (std::is_same_v<Field, uint64_t>) return "u8";
  if (std::is_same_v<Field, int32_t>) return "i4";
  if (std::is_same_v<Field, uint32_t>) return "u4";
  if (std::is_same_v<Field, uint8_t>) return "u1";
  return "S118";
}

// The types are those of numpy.
#define EVOKE_FIELD(Record, name) \
  absl::StrCat("; " #name " ", TypeName<decltype(Record::name)>(), " @", offsetof(Record, name))

std::string DescribeBlocks() {
  std::string text = "refresh: 1";
#define EVOKE_REFRESH(name) absl::StrAppend(&text, EVOKE_FIELD(LoggedRefresh, name))
  EVOKE_REFRESH(index);
  EVOKE_REFRESH(target_index);
  EVOKE_REFRESH(predicted_nanos);
  EVOKE_REFRESH(commit_begin_nanos);
  EVOKE_REFRESH(commit_end_nanos);
  EVOKE_REFRESH(presented_nanos);
  EVOKE_REFRESH(uncertainty_nanos);
  EVOKE_REFRESH(sequence);
  EVOKE_REFRESH(stimulus);
  EVOKE_REFRESH(sync_code);
  EVOKE_REFRESH(flags);
  EVOKE_REFRESH(dropped);
  EVOKE_REFRESH(source);
  EVOKE_REFRESH(reason);
  EVOKE_REFRESH(confirmed);
  EVOKE_REFRESH(patch);
#undef EVOKE_REFRESH
  text += "\nstimulus: 2";
#define EVOKE_STIMULUS(name) absl::StrAppend(&text, EVOKE_FIELD(LoggedStimulus, name))
  EVOKE_STIMULUS(id);
  EVOKE_STIMULUS(requested_nanos);
  EVOKE_STIMULUS(ready_nanos);
  EVOKE_STIMULUS(predicted_onset_nanos);
  EVOKE_STIMULUS(onset_nanos);
  EVOKE_STIMULUS(predicted_offset_nanos);
  EVOKE_STIMULUS(offset_nanos);
  EVOKE_STIMULUS(uncertainty_nanos);
  EVOKE_STIMULUS(onset_index);
  EVOKE_STIMULUS(offset_index);
  EVOKE_STIMULUS(sync_code);
  EVOKE_STIMULUS(on_frames);
  EVOKE_STIMULUS(frames);
  EVOKE_STIMULUS(dropped);
  EVOKE_STIMULUS(late_frames);
  EVOKE_STIMULUS(source);
  EVOKE_STIMULUS(aborted);
  EVOKE_STIMULUS(patch);
#undef EVOKE_STIMULUS
  text += "\nmarker: 3";
#define EVOKE_MARKER(name) absl::StrAppend(&text, EVOKE_FIELD(LoggedMarker, name))
  EVOKE_MARKER(stimulus);
  EVOKE_MARKER(stamp_nanos);
  EVOKE_MARKER(known_nanos);
  EVOKE_MARKER(sent_nanos);
  EVOKE_MARKER(sync_code);
  EVOKE_MARKER(offset);
  EVOKE_MARKER(port);
  EVOKE_MARKER(failed);
#undef EVOKE_MARKER
  text += "\ntext: 4";
#define EVOKE_TEXT(name) absl::StrAppend(&text, EVOKE_FIELD(LoggedText, name))
  EVOKE_TEXT(length);
  EVOKE_TEXT(more);
  EVOKE_TEXT(text);
#undef EVOKE_TEXT
  return text + "\n";
}
#undef EVOKE_FIELD

// Of what follows the checksum itself.
uint32_t ChecksumOf(const char* block) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(block) + 4, static_cast<uInt>(kBlockBytes - 4)));
}

template <typename Record>
std::string Encode(Record& record) {
  static_assert(std::is_trivially_copyable_v<Record> && sizeof(Record) == kBlockBytes);
  std::string block(kBlockBytes, '\0');
  std::memcpy(block.data(), &record, kBlockBytes);
  record.crc = ChecksumOf(block.data());
  std::memcpy(block.data(), &record, kBlockBytes);
  return block;
}

template <typename Record, typename Visit>
void Deliver(const char* block, const Visit& visit) {
  if (!visit) return;
  Record record;
  std::memcpy(&record, block, kBlockBytes);
  visit(record);
}

absl::StatusOr<TimingSettings> ReadHeader(const std::string& path, std::ifstream& file) {
  std::string start(sizeof(kMagic) - 1 + sizeof(kLength) - 1 + 10, '\0');
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (!file || !absl::StartsWith(start, kMagic)) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": is not a timing log; they are written by evoke-display --timing-log"));
  }
  const auto damaged = [&] {
    return absl::DataLossError(absl::StrCat(path, ": the header is damaged"));
  };
  size_t bytes = 0;
  if (!absl::SimpleAtoi(start.substr(start.size() - 10), &bytes) || bytes < start.size() ||
      bytes > kMaxHeader) {
    return damaged();
  }
  std::string header(bytes, '\0');
  file.seekg(0);
  file.read(header.data(), static_cast<std::streamsize>(bytes));
  const size_t end = header.find("\n\n");
  if (!file || end == std::string::npos) return damaged();
  TimingSettings settings;
  for (const absl::string_view line :
       absl::StrSplit(absl::string_view(header).substr(0, end), '\n')) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(line, absl::MaxSplits(": ", 1));
    settings.push_back(parts);
  }
  settings.erase(settings.begin());  // the first line
  return settings;
}

}  // namespace

std::string EncodeTimingHeader(const TimingSettings& settings) {
  std::string rest = absl::StrCat("\nblock-bytes: ", kBlockBytes, "\n", DescribeBlocks());
  for (const auto& [name, value] : settings) {
    std::string line = absl::StrCat(name, ": ", value);
    std::replace(line.begin(), line.end(), '\n', ' ');
    absl::StrAppend(&rest, line, "\n");
  }
  rest += "\n";
  const size_t bytes = sizeof(kMagic) - 1 + sizeof(kLength) - 1 + 10 + rest.size();
  const size_t padded = (bytes + kHeaderStep - 1) / kHeaderStep * kHeaderStep;
  return absl::StrCat(kMagic, kLength, absl::StrFormat("%010d", padded), rest,
                      std::string(padded - bytes, ' '));
}

std::string EncodeTimingBlock(LoggedRefresh refresh) { return Encode(refresh); }
std::string EncodeTimingBlock(LoggedStimulus stimulus) { return Encode(stimulus); }
std::string EncodeTimingBlock(LoggedMarker marker) { return Encode(marker); }

std::string EncodeTimingText(absl::string_view text) {
  std::string blocks;
  do {
    LoggedText piece;
    piece.length = static_cast<uint8_t>(std::min(text.size(), sizeof(piece.text)));
    std::memcpy(piece.text, text.data(), piece.length);
    text.remove_prefix(piece.length);
    piece.more = text.empty() ? 0 : 1;
    blocks += Encode(piece);
  } while (!text.empty());
  return blocks;
}

std::string TimingFile::Setting(absl::string_view name) const {
  for (const auto& [key, value] : settings) {
    if (key == name) return value;
  }
  return "";
}

absl::StatusOr<TimingFile> ReadTimingLog(const std::string& path, const TimingVisitor& visitor) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": can't be opened"));
  absl::StatusOr<TimingSettings> settings = ReadHeader(path, file);
  if (!settings.ok()) return settings.status();
  TimingFile result;
  result.settings = *std::move(settings);
  if (visitor.begin) visitor.begin(result);
  std::array<char, kBlockBytes> block;
  std::string text;
  while (file.read(block.data(), kBlockBytes)) {
    uint32_t crc, kind;
    std::memcpy(&crc, block.data(), 4);
    std::memcpy(&kind, block.data() + 4, 4);
    if (crc != ChecksumOf(block.data())) {
      ++result.damaged_blocks;
      text.clear();
      continue;
    }
    switch (static_cast<TimingBlock>(kind)) {
      case TimingBlock::kRefresh:
        Deliver<LoggedRefresh>(block.data(), visitor.refresh);
        break;
      case TimingBlock::kStimulus:
        Deliver<LoggedStimulus>(block.data(), visitor.stimulus);
        break;
      case TimingBlock::kMarker:
        Deliver<LoggedMarker>(block.data(), visitor.marker);
        break;
      case TimingBlock::kText: {
        LoggedText piece;
        std::memcpy(&piece, block.data(), kBlockBytes);
        text.append(piece.text, std::min<size_t>(piece.length, sizeof(piece.text)));
        if (piece.more != 0) break;
        if (visitor.text) visitor.text(text);
        text.clear();
        break;
      }
      default:  // of a later version
        break;
    }
  }
  result.torn_bytes = file.gcount();
  return result;
}

}  // namespace evoke
