#include "tests/fault/programs.h"

#include <signal.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr Program kAll[] = {Program::kServer, Program::kDisplay, Program::kBackend};
// Ending takes a moment: a display finishes its frame, a queue tries once more.
constexpr int kEndMilliseconds = 15000;

std::string Tail(const std::string& log) {
  return log.size() <= 600 ? log : log.substr(log.size() - 600);
}

}  // namespace

const char* NameOf(Program program) {
  switch (program) {
    case Program::kServer:
      return "server";
    case Program::kDisplay:
      return "display";
    default:
      return "backend";
  }
}

void Programs::SetAddress(Program client, const std::string& address) {
  addresses_[static_cast<size_t>(client)] = address;
}

std::vector<std::string> Programs::CommandLine(Program program) const {
  if (program == Program::kServer) {
    std::vector<std::string> line = {options_.bin_dir + "/evoke-server",
                                     "--listen",
                                     server_address(),
                                     "--ledger",
                                     options_.ledger,
                                     "--lease-seconds",
                                     absl::StrCat(kLeaseSeconds),
                                     "--response-seconds",
                                     absl::StrCat(kResponseSeconds),
                                     "--client-seconds",
                                     absl::StrCat(kClientSeconds)};
    // On a link of our own that nobody else can reach.
    if (options_.host != "127.0.0.1") line.push_back("--insecure");
    return line;
  }
  const std::string& given = addresses_[static_cast<size_t>(program)];
  std::vector<std::string> line = options_.client_prefix;
  if (program == Program::kDisplay) {
    line.insert(line.end(), {options_.bin_dir + "/evoke-display", "--timer-hz", "200", "--width",
                             "320", "--height", "240"});
  } else {
    line.insert(line.end(), {options_.bin_dir + "/evoke-sim", "--model", "snn-cifar10"});
  }
  line.insert(line.end(), {"--server", given.empty() ? server_address() : given});
  return line;
}

absl::Status Programs::Start(Program program) {
  logs_.emplace_back(
      program, absl::StrCat(options_.folder, "/", logs_.size() + 1, "-", NameOf(program), ".log"));
  process(program) =
      std::make_unique<Process>(CommandLine(program), logs_.back().second,
                                std::vector<std::pair<std::string, std::string>>{
                                    {"DISPLAY", options_.x_display}, {"SPDLOG_LEVEL", "debug"}});
  if (program != Program::kServer) return absl::OkStatus();
  const std::string rest = process(program)->WaitForLog("listening on port ");
  if (rest.empty()) {
    return absl::UnavailableError(
        absl::StrCat("the server did not start: ", Tail(process(program)->Log())));
  }
  port_ = rest.substr(0, rest.find_first_not_of("0123456789"));
  return absl::OkStatus();
}

void Programs::Kill(Program program) {
  process(program)->Signal(SIGKILL);
  process(program)->Wait();
}

absl::Status Programs::End(Program program) {
  process(program)->Signal(SIGTERM);
  const std::optional<int> code = process(program)->WaitFor(kEndMilliseconds);
  // One that was started a moment ago can't catch signals yet.
  const bool too_early = code == -SIGTERM && process(program)->Log().empty();
  if (code == 0 || too_early) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(
      "the ", NameOf(program), code ? absl::StrCat(" ended with ", *code) : " did not end",
      " after SIGTERM: ", Tail(process(program)->Log())));
}

void Programs::Freeze(Program program, absl::Duration time) {
  process(program)->Signal(SIGSTOP);
  absl::SleepFor(time);
  process(program)->Signal(SIGCONT);
}

absl::Status Programs::CheckRunning() {
  for (const Program program : kAll) {
    if (process(program)->WaitFor(0)) {
      return absl::UnavailableError(absl::StrCat(
          "the ", NameOf(program), " has ended by itself: ", Tail(process(program)->Log())));
    }
  }
  return absl::OkStatus();
}

}  // namespace evoke
