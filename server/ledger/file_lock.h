// A lock file: says that a file is in use by a process, and is free again when that process ends,
// however it ends.
#ifndef EVOKE_SERVER_LEDGER_FILE_LOCK_H_
#define EVOKE_SERVER_LEDGER_FILE_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace evoke {

// Holds flock(2) on the file at `path` while it lives. The file stays behind: removing it would let
// two processes lock two files of the same name.
class FileLock {
 public:
  // Creates the file if missing and writes the process id into it. FAILED_PRECONDITION if another
  // holder, in this process or another, has it (the message names the process); UNAVAILABLE if the
  // file can't be made or locked.
  static absl::StatusOr<std::unique_ptr<FileLock>> Acquire(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  const int fd_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_LEDGER_FILE_LOCK_H_
