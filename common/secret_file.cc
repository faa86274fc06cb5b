#include "common/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace evoke {
namespace {

constexpr off_t kMaxBytes = 1 << 20;

absl::Status CantRead(const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat(path, ": can't be read"));
}

}  // namespace

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  // Without O_NONBLOCK, a pipe of this name would wait for its writer.
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return CantRead(path);
  const absl::Cleanup close_file = [file] { close(file); };
  struct stat info;
  if (fstat(file, &info) != 0) return CantRead(path);
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": is no regular file"));
  }
  if ((info.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, ": holds a secret, but every user may read or change it; run: chmod 600 ", path));
  }
  if (info.st_size > kMaxBytes) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": has ", info.st_size, " bytes; at most ", kMaxBytes));
  }
  std::string content(static_cast<size_t>(info.st_size), '\0');
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t count = read(file, &content[done], content.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return CantRead(path);
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  content.resize(done);
  return content;
}

}  // namespace evoke
