#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace evoke {

Process::Process(const std::vector<std::string>& arguments, std::string log_path,
                 const std::vector<std::pair<std::string, std::string>>& environment)
    : log_path_(std::move(log_path)) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int log = open(log_path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  execv(argv[0], argv.data());
  _exit(127);
}

Process::~Process() {
  if (Running()) {
    Signal(SIGKILL);
    Wait();
  }
}

void Process::Signal(int signal) { kill(pid_, signal); }

bool Process::Running() {
  if (pid_ < 0) return false;
  if (waitpid(pid_, &status_, WNOHANG) == 0) return true;
  pid_ = -1;
  return false;
}

int Process::Wait() {
  if (pid_ >= 0) waitpid(pid_, &status_, 0);
  pid_ = -1;
  return WIFSIGNALED(status_) ? -WTERMSIG(status_) : WEXITSTATUS(status_);
}

std::optional<int> Process::WaitFor(int milliseconds) {
  for (int waited = 0; Running(); waited += 10) {
    if (waited >= milliseconds) return std::nullopt;
    poll(nullptr, 0, 10);
  }
  return Wait();
}

std::string Process::Log() const {
  std::ifstream file(log_path_);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Process::WaitForLog(const std::string& text) {
  while (true) {
    const bool running = Running();
    const std::string log = Log();
    const size_t at = log.find(text);
    if (at != std::string::npos) {
      const size_t end = log.find('\n', at);
      if (end != std::string::npos) return log.substr(at + text.size(), end - at - text.size());
    }
    if (!running) return "";
    poll(nullptr, 0, 10);
  }
}

}  // namespace evoke
