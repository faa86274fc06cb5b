#include "server/ledger/sqlite_status.h"

#include <sqlite3.h>
#include <zlib.h>

#include "absl/strings/str_format.h"

namespace evoke {
namespace {

// What the operator can do about a storage error; null if the error is not the storage's.
const char* StorageAdvice(int code) {
  switch (code) {
    case SQLITE_FULL:
      return "the disk is full: free some space, then repeat";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return "the file or its folder is read-only: make it writable, then repeat";
    case SQLITE_CANTOPEN:
      return "the file can't be opened: check that it and its folder exist and are writable";
    case SQLITE_IOERR:
      return "the disk reports an error: check its free space and the kernel log, then repeat";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return "another program holds it locked: close that program, then repeat";
    case SQLITE_NOMEM:
      return "out of memory";
    default:
      return nullptr;
  }
}

}  // namespace

absl::Status SqliteStatus(const SQLite::Exception& error, const std::string& path,
                          const std::string& what) {
  const int code = error.getErrorCode() & 0xff;
  const std::string detail =
      absl::StrFormat("%s, SQLite code %d", error.what(), error.getExtendedErrorCode());
  if (const char* advice = StorageAdvice(code); advice != nullptr) {
    return absl::UnavailableError(
        absl::StrFormat("ledger %s: %s: %s (%s)", path, what, advice, detail));
  }
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) return Damaged(path, what, detail);
  if (code == SQLITE_TOOBIG) {
    return absl::InvalidArgumentError(
        absl::StrFormat("ledger %s: %s: a record is too large (%s)", path, what, detail));
  }
  return absl::InternalError(absl::StrFormat("ledger %s: %s: %s", path, what, detail));
}

uint32_t PayloadCrc32(const std::string& payload) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(payload.data()), payload.size()));
}

absl::Status ParseRecord(const SQLite::Statement& row, int payload, int crc,
                         const std::string& path, const std::string& what,
                         google::protobuf::Message* record) {
  const SQLite::Column blob = row.getColumn(payload);
  const std::string bytes(static_cast<const char*>(blob.getBlob()), blob.getBytes());
  const int64_t stored = row.getColumn(crc).getInt64();
  if (const uint32_t actual = PayloadCrc32(bytes); actual != stored) {
    return Damaged(path, what, absl::StrFormat("its CRC-32 is %d, recorded as %d", actual, stored));
  }
  if (!record->ParseFromString(bytes)) return Damaged(path, what, "it can't be parsed");
  return absl::OkStatus();
}

absl::Status Damaged(const std::string& path, const std::string& what, const std::string& how) {
  return absl::DataLossError(absl::StrFormat(
      "ledger %s: %s: damaged (%s): restore the ledger from a backup", path, what, how));
}

}  // namespace evoke
