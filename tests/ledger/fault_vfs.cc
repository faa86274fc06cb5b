#include "tests/ledger/fault_vfs.h"

#include <algorithm>

namespace evoke {

// Followed in memory by the real file, which SQLite allocates with it.
struct FaultVfs::File {
  sqlite3_file base;
  FaultVfs* vfs;
  bool unsynced;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

// What SQLite calls.
struct FaultVfs::Methods {
  static File* Of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
  static sqlite3_file* Real(sqlite3_file* file) { return Of(file)->real(); }

  static int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    auto* self = static_cast<FaultVfs*>(vfs->pAppData);
    Of(file)->vfs = self;
    Of(file)->unsynced = false;
    {
      MutexLock lock(&self->mutex_);
      if (self->read_only_ && (flags & SQLITE_OPEN_MAIN_DB) != 0) {
        flags &= ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
        flags |= SQLITE_OPEN_READONLY;
      }
    }
    const int result = self->real_->xOpen(self->real_, name, Real(file), flags, out);
    file->pMethods = result == SQLITE_OK ? &kIo : nullptr;
    return result;
  }
  static int Close(sqlite3_file* file) {
    SetUnsynced(file, false);
    return Real(file)->pMethods->xClose(Real(file));
  }
  static int Read(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
    return Real(file)->pMethods->xRead(Real(file), data, size, offset);
  }
  static int Write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    sqlite3_int64 end = 0;
    if (const int result = FileSize(file, &end); result != SQLITE_OK) return result;
    const int result = Of(file)->vfs->Admit(std::max<int64_t>(0, offset + size - end));
    if (result != SQLITE_OK) return result;
    SetUnsynced(file, true);
    return Real(file)->pMethods->xWrite(Real(file), data, size, offset);
  }
  static int Truncate(sqlite3_file* file, sqlite3_int64 size) {
    const int result = Of(file)->vfs->Admit(0);
    if (result != SQLITE_OK) return result;
    SetUnsynced(file, true);
    return Real(file)->pMethods->xTruncate(Real(file), size);
  }
  static int Sync(sqlite3_file* file, int flags) {
    FaultVfs* self = Of(file)->vfs;
    std::function<void()> hook;
    {
      MutexLock lock(&self->mutex_);
      hook = self->on_sync_;
    }
    if (hook) hook();
    int result = self->Admit(0);
    if (result == SQLITE_OK) result = Real(file)->pMethods->xSync(Real(file), flags);
    if (result == SQLITE_OK) SetUnsynced(file, false);
    return result;
  }
  static int FileSize(sqlite3_file* file, sqlite3_int64* size) {
    return Real(file)->pMethods->xFileSize(Real(file), size);
  }
  static int Lock(sqlite3_file* file, int level) {
    return Real(file)->pMethods->xLock(Real(file), level);
  }
  static int Unlock(sqlite3_file* file, int level) {
    return Real(file)->pMethods->xUnlock(Real(file), level);
  }
  static int CheckReservedLock(sqlite3_file* file, int* out) {
    return Real(file)->pMethods->xCheckReservedLock(Real(file), out);
  }
  static int FileControl(sqlite3_file* file, int op, void* arg) {
    return Real(file)->pMethods->xFileControl(Real(file), op, arg);
  }
  static int SectorSize(sqlite3_file* file) {
    return Real(file)->pMethods->xSectorSize(Real(file));
  }
  static int DeviceCharacteristics(sqlite3_file* file) {
    return Real(file)->pMethods->xDeviceCharacteristics(Real(file));
  }
  static int ShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    return Real(file)->pMethods->xShmMap(Real(file), page, size, extend, out);
  }
  static int ShmLock(sqlite3_file* file, int offset, int n, int flags) {
    return Real(file)->pMethods->xShmLock(Real(file), offset, n, flags);
  }
  static void ShmBarrier(sqlite3_file* file) { Real(file)->pMethods->xShmBarrier(Real(file)); }
  static int ShmUnmap(sqlite3_file* file, int remove) {
    return Real(file)->pMethods->xShmUnmap(Real(file), remove);
  }

  static void SetUnsynced(sqlite3_file* file, bool unsynced) {
    FaultVfs* self = Of(file)->vfs;
    MutexLock lock(&self->mutex_);
    self->unsynced_files_ += static_cast<int>(unsynced) - static_cast<int>(Of(file)->unsynced);
    Of(file)->unsynced = unsynced;
  }

  static constexpr sqlite3_io_methods kIo = {
      .iVersion = 2,
      .xClose = Close,
      .xRead = Read,
      .xWrite = Write,
      .xTruncate = Truncate,
      .xSync = Sync,
      .xFileSize = FileSize,
      .xLock = Lock,
      .xUnlock = Unlock,
      .xCheckReservedLock = CheckReservedLock,
      .xFileControl = FileControl,
      .xSectorSize = SectorSize,
      .xDeviceCharacteristics = DeviceCharacteristics,
      .xShmMap = ShmMap,
      .xShmLock = ShmLock,
      .xShmBarrier = ShmBarrier,
      .xShmUnmap = ShmUnmap,
      .xFetch = nullptr,
      .xUnfetch = nullptr,
  };
};

// Everything but opening goes to the real layer as it is: its functions keep their state elsewhere.
FaultVfs::FaultVfs() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
  vfs_.zName = "evoke-fault";
  vfs_.pAppData = this;
  vfs_.xOpen = Methods::Open;
  sqlite3_vfs_register(&vfs_, /*makeDflt=*/1);
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real_, /*makeDflt=*/1);
}

void FaultVfs::FailAfter(int64_t writes, int code) {
  MutexLock lock(&mutex_);
  writes_left_ = writes;
  code_ = code;
}

void FaultVfs::SetSpace(int64_t bytes) {
  MutexLock lock(&mutex_);
  space_ = bytes;
}

void FaultVfs::SetReadOnly() {
  MutexLock lock(&mutex_);
  read_only_ = true;
}

void FaultVfs::Heal() {
  MutexLock lock(&mutex_);
  writes_left_ = std::numeric_limits<int64_t>::max();
  space_ = std::numeric_limits<int64_t>::max();
  read_only_ = false;
}

void FaultVfs::OnSync(std::function<void()> hook) {
  MutexLock lock(&mutex_);
  on_sync_ = std::move(hook);
}

int64_t FaultVfs::operations() const {
  MutexLock lock(&mutex_);
  return operations_;
}

int64_t FaultVfs::unsynced_files() const {
  MutexLock lock(&mutex_);
  return unsynced_files_;
}

int FaultVfs::Admit(int64_t growth) {
  MutexLock lock(&mutex_);
  if (writes_left_ <= 0) return code_;
  if (growth > space_) return SQLITE_FULL;
  --writes_left_;
  space_ -= growth;
  ++operations_;
  return SQLITE_OK;
}

}  // namespace evoke
