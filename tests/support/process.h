// A program started by a test; it dies with the test.
#ifndef EVOKE_TESTS_SUPPORT_PROCESS_H_
#define EVOKE_TESTS_SUPPORT_PROCESS_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace evoke {

class Process {
 public:
  // Its output goes to `log_path`, which is made anew. `environment`: name and value, added to
  // ours.
  Process(const std::vector<std::string>& arguments, std::string log_path,
          const std::vector<std::pair<std::string, std::string>>& environment = {});
  ~Process();  // SIGKILL, if it is still there
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Signal(int signal);
  // Waits for its end: the exit code, or minus the signal's number.
  int Wait();
  // The same, if it ends within this time.
  std::optional<int> WaitFor(int milliseconds);
  // Waits until a line of its log contains `text` and returns the rest of that line; empty if the
  // program ended first.
  std::string WaitForLog(const std::string& text);
  std::string Log() const;

 private:
  bool Running();

  const std::string log_path_;
  pid_t pid_ = -1;
  int status_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_PROCESS_H_
