#include "tests/fault/disk.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"

namespace evoke {
namespace {

std::string Ballast(const std::string& path) { return path + "/ballast"; }

}  // namespace

absl::StatusOr<std::unique_ptr<SmallDisk>> SmallDisk::Mount(const std::string& path,
                                                            int megabytes) {
  std::filesystem::create_directories(path);
  if (mount("tmpfs", path.c_str(), "tmpfs", 0, absl::StrCat("size=", megabytes, "m").c_str()) !=
      0) {
    return absl::PermissionDeniedError(absl::StrCat("can't mount a tmpfs: ", strerror(errno)));
  }
  return std::unique_ptr<SmallDisk>(new SmallDisk(path));
}

SmallDisk::~SmallDisk() {
  // Lazily: a process that was killed a moment ago may still be closing its files.
  umount2(path_.c_str(), MNT_DETACH);
}

absl::Status SmallDisk::Fill() {
  const int file = open(Ballast(path_).c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return absl::InternalError(absl::StrCat("ballast: ", strerror(errno)));
  const std::string zeros(1 << 16, '\0');
  size_t piece = zeros.size();
  while (piece > 0) {
    if (write(file, zeros.data(), piece) < static_cast<ssize_t>(piece)) piece /= 2;
  }
  close(file);
  return absl::OkStatus();
}

absl::Status SmallDisk::Free() {
  if (unlink(Ballast(path_).c_str()) == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("ballast: ", strerror(errno)));
}

absl::Status SmallDisk::SetReadOnly(bool read_only) {
  if (mount("tmpfs", path_.c_str(), nullptr, MS_REMOUNT | (read_only ? MS_RDONLY : 0), nullptr) ==
      0) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat("remounting: ", strerror(errno)));
}

}  // namespace evoke
