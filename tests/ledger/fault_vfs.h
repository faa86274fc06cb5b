// A disk that fails on demand: a layer between SQLite and the real files.
#ifndef EVOKE_TESTS_LEDGER_FAULT_VFS_H_
#define EVOKE_TESTS_LEDGER_FAULT_VFS_H_

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <limits>

#include "common/mutex.h"

namespace evoke {

// While it lives, every database that is opened goes through it. One at a time; close all databases
// before it ends. Thread-safe. Faults apply to databases and their logs, not to the shared-memory
// index, which is never on disk.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  // From now on `writes` more writes and syncs succeed; the rest fail with this SQLite code.
  void FailAfter(int64_t writes, int code);
  // From now on files grow by this many bytes at most; then the disk is full.
  void SetSpace(int64_t bytes);
  // Databases opened from now on are read-only, as on a file system mounted so.
  void SetReadOnly();
  void Heal();

  // Called in every sync, before it happens.
  void OnSync(std::function<void()> hook);

  // Writes, syncs and truncations that succeeded so far.
  int64_t operations() const;
  // Files with writes that have not been synced.
  int64_t unsynced_files() const;

 private:
  struct File;
  struct Methods;
  friend struct Methods;

  // SQLITE_OK if an operation that grows a file by `growth` bytes may go on.
  int Admit(int64_t growth);

  sqlite3_vfs* const real_;
  sqlite3_vfs vfs_;
  mutable Mutex mutex_;
  int64_t writes_left_ ABSL_GUARDED_BY(mutex_) = std::numeric_limits<int64_t>::max();
  int code_ ABSL_GUARDED_BY(mutex_) = SQLITE_OK;
  int64_t space_ ABSL_GUARDED_BY(mutex_) = std::numeric_limits<int64_t>::max();
  bool read_only_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> on_sync_ ABSL_GUARDED_BY(mutex_);
  int64_t operations_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t unsynced_files_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_LEDGER_FAULT_VFS_H_
