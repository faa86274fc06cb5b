#include "tests/fault/ledger_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "SQLiteCpp/SQLiteCpp.h"
#include "absl/strings/str_cat.h"

namespace evoke {
namespace {

constexpr int64_t kLogHeader = 32;
constexpr int64_t kFrameHeader = 24;
constexpr int kSaltAt = 16;  // in the log's header; in a frame's: 8
constexpr int kSaltSize = 8;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int64_t BigEndian32(const std::string& bytes, size_t at) {
  int64_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

}  // namespace

LogMark ReadLogMark(const std::string& ledger) {
  const std::string log = ReadFile(ledger + "-wal");
  LogMark mark;
  const auto size = static_cast<int64_t>(log.size());
  std::error_code error;
  mark.main_written = std::filesystem::last_write_time(ledger, error);
  if (size < kLogHeader) return mark;
  mark.salt = log.substr(kSaltAt, kSaltSize);
  const int64_t frame = kFrameHeader + BigEndian32(log, 8);
  mark.end = kLogHeader;
  while (mark.end + frame <= size && log.compare(mark.end + 8, kSaltSize, mark.salt) == 0) {
    mark.end += frame;
  }
  return mark;
}

absl::StatusOr<int64_t> TearLog(const std::string& ledger, const LogMark& safe, Rng& rng) {
  const LogMark now = ReadLogMark(ledger);
  if (now.salt != safe.salt || now.main_written != safe.main_written || now.end <= safe.end) {
    return 0;
  }
  const auto cut = static_cast<int64_t>(rng.Uniform(1, static_cast<double>(now.end - safe.end)));
  std::error_code error;
  std::filesystem::resize_file(ledger + "-wal", now.end - cut, error);
  if (error) return absl::InternalError(absl::StrCat("cutting the log: ", error.message()));
  return cut;
}

absl::StatusOr<int64_t> DamageEvent(const std::string& ledger, Rng& rng) {
  int64_t sequence = 0;
  std::string payload;
  try {
    SQLite::Database db(ledger, SQLite::OPEN_READONLY);
    const int count = db.execAndGet("SELECT count(*) FROM events").getInt();
    SQLite::Statement event(db, "SELECT sequence, payload FROM events LIMIT 1 OFFSET ?");
    event.bind(1, rng.Index(count));
    event.executeStep();
    sequence = event.getColumn(0).getInt64();
    payload = event.getColumn(1).getString();
  } catch (const SQLite::Exception& error) {
    return absl::InternalError(absl::StrCat("reading ", ledger, ": ", error.what()));
  }
  // Its first bytes are in one piece, and in the file once: they hold number, time and session.
  const std::string head = payload.substr(0, 40);
  std::string file = ReadFile(ledger);
  const size_t at = file.find(head);
  if (at == std::string::npos) {
    return absl::InternalError(absl::StrCat("event ", sequence, " is not in ", ledger));
  }
  file[at + rng.Index(static_cast<int>(head.size()))] ^= static_cast<char>(1 << rng.Index(8));
  std::ofstream(ledger, std::ios::binary) << file;
  return sequence;
}

absl::Status CopyLedger(const std::string& from, const std::string& to) {
  for (const char* suffix : {"", "-wal"}) {
    std::error_code error;
    std::filesystem::remove(to + suffix, error);
    if (!std::filesystem::exists(from + suffix)) continue;
    std::filesystem::copy_file(from + suffix, to + suffix, error);
    if (error) return absl::InternalError(absl::StrCat("copying ", from, ": ", error.message()));
  }
  std::error_code error;
  std::filesystem::remove(to + "-shm", error);
  return absl::OkStatus();
}

}  // namespace evoke
