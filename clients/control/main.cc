// evokectl: the operator's command line.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "clients/control/command_line.h"
#include "common/clock.h"

namespace {

size_t TerminalColumns() {
  if (!isatty(STDOUT_FILENO)) return 0;
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

int main(int argc, char** argv) {
  const std::unique_ptr<evoke::Clock> clock = evoke::NewSystemClock();
  evoke::CommandContext context;
  context.in = &std::cin;
  context.out = &std::cout;
  context.err = &std::cerr;
  context.clock = clock.get();
  context.terminal_columns = TerminalColumns();
  if (const char* user = std::getenv("USER")) context.user = user;
  const auto code = evoke::RunCommandLine(std::vector<std::string>(argv + 1, argv + argc), context);
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "evokectl: can't write to standard output\n";
    return static_cast<int>(evoke::ExitCode::kError);
  }
  return static_cast<int>(code);
}
