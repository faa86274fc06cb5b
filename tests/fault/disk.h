// A small disk of the test's own, to fill up and to make read-only.
#ifndef EVOKE_TESTS_FAULT_DISK_H_
#define EVOKE_TESTS_FAULT_DISK_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace evoke {

// A tmpfs; the destructor unmounts it.
class SmallDisk {
 public:
  // At `path`, which is created. PERMISSION_DENIED unless this may mount (root).
  static absl::StatusOr<std::unique_ptr<SmallDisk>> Mount(const std::string& path, int megabytes);
  ~SmallDisk();

  const std::string& path() const { return path_; }

  absl::Status Fill();  // to the last byte
  absl::Status Free();
  // FAILED_PRECONDITION while a file is open for writing.
  absl::Status SetReadOnly(bool read_only);

 private:
  explicit SmallDisk(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_FAULT_DISK_H_
