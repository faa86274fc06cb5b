// Server, display and backend, as an operator would start them: real programs, one process each.
#ifndef EVOKE_TESTS_FAULT_PROGRAMS_H_
#define EVOKE_TESTS_FAULT_PROGRAMS_H_

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tests/support/process.h"

namespace evoke {

enum class Program { kServer, kDisplay, kBackend };
const char* NameOf(Program program);

// What a lease, a response and a heartbeat may take here: short, so that a fault is over soon.
constexpr double kLeaseSeconds = 0.6;
constexpr double kResponseSeconds = 0.6;
constexpr double kClientSeconds = 1.5;

struct ProgramsOptions {
  std::string bin_dir;
  std::string folder;                      // of logs; exists
  std::string ledger;                      // path
  std::string x_display;                   // ":99", of the Xvfb to show on
  std::string host = "127.0.0.1";          // where the server listens
  std::vector<std::string> client_prefix;  // put before the clients' command lines
};

// Not thread-safe: the processes end with the thread that started them. The destructor kills what
// is left.
class Programs {
 public:
  explicit Programs(ProgramsOptions options) : options_(std::move(options)) {}

  // Where a client finds the server; the server itself by default. Counts from its next start on.
  void SetAddress(Program client, const std::string& address);
  std::string server_address() const { return options_.host + ":" + port_; }
  int server_port() const { return std::stoi(port_); }

  // The server is waited for until it listens, the first time on any free port, then on the same.
  // UNAVAILABLE with the end of its log if it ends instead.
  absl::Status Start(Program program);
  void Kill(Program program);  // SIGKILL, and waits for its end
  // SIGTERM. INTERNAL if it doesn't end in good order.
  absl::Status End(Program program);
  void Freeze(Program program, absl::Duration time);  // SIGSTOP, SIGCONT
  // UNAVAILABLE if a program has ended unasked.
  absl::Status CheckRunning();

  // Logs of every process so far, the latest last.
  const std::vector<std::pair<Program, std::string>>& logs() const { return logs_; }

 private:
  std::unique_ptr<Process>& process(Program program) {
    return processes_[static_cast<size_t>(program)];
  }
  std::vector<std::string> CommandLine(Program program) const;

  const ProgramsOptions options_;
  std::string port_ = "0";
  std::array<std::string, 3> addresses_;
  std::array<std::unique_ptr<Process>, 3> processes_;
  std::vector<std::pair<Program, std::string>> logs_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_FAULT_PROGRAMS_H_
