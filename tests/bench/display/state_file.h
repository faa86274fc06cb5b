// The finished parts of a benchmark, on disk: an interrupted one goes on where it was.
#ifndef EVOKE_TESTS_BENCH_DISPLAY_STATE_FILE_H_
#define EVOKE_TESTS_BENCH_DISPLAY_STATE_FILE_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/bench/display/part.h"

namespace evoke {

// Text, a line for each part: its key, then NAME=VALUE, with tabs between. A line that was not
// written to its end is not read. One thread.
class StateFile {
 public:
  // A file that does not exist is empty. UNAVAILABLE: it cannot be written.
  static absl::StatusOr<StateFile> Open(const std::string& path);

  // What was written last for this key.
  std::optional<PartValues> Find(const std::string& key) const;
  absl::Status Add(const std::string& key, const PartValues& values);

 private:
  explicit StateFile(const std::string& path) : path_(path) {}
  std::string path_;
  std::map<std::string, PartValues> parts_;
};

// "name=value\tname=value", and back. Nothing if it is not of that form.
std::string FormatValues(const PartValues& values);
std::optional<PartValues> ParseValues(const std::string& text);

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_DISPLAY_STATE_FILE_H_
