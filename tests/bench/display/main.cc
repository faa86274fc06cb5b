// How well the display keeps its times, judged by what was on the glass of a test monitor:
// deploy/benchmark display.
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "spdlog/sinks/stdout_color_sinks.h"
#include "spdlog/spdlog.h"
#include "tests/bench/display/part.h"
#include "tests/bench/display/report.h"
#include "tests/bench/display/state_file.h"

namespace evoke {
namespace {

// Runs the part in a child, which ends with it; the child's answer comes through a pipe.
absl::StatusOr<PartValues> RunApart(const Part& part, const PartSize& size) {
  int ends[2];
  if (pipe(ends) != 0) return absl::ErrnoToStatus(errno, "pipe");
  const pid_t child = fork();
  if (child < 0) return absl::ErrnoToStatus(errno, "fork");
  if (child == 0) {
    close(ends[0]);
    const absl::StatusOr<PartValues> values = part.run(size);
    const std::string answer =
        values.ok() ? FormatValues(*values) : std::string(values.status().message());
    const bool written =
        write(ends[1], answer.data(), answer.size()) == static_cast<ssize_t>(answer.size());
    _exit(values.ok() && written ? 0 : 1);
  }
  close(ends[1]);
  std::string answer;
  char buffer[4096];
  for (ssize_t got; (got = read(ends[0], buffer, sizeof buffer)) != 0;) {
    if (got > 0) answer.append(buffer, static_cast<size_t>(got));
    if (got < 0 && errno != EINTR) break;
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) {
    return absl::InternalError(
        absl::StrCat(part.name, " ended with: ", strsignal(WTERMSIG(status))));
  }
  const std::optional<PartValues> values = ParseValues(answer);
  if (WEXITSTATUS(status) != 0 || !values.has_value()) {
    return absl::InternalError(absl::StrCat(part.name, ": ", answer));
  }
  return *values;
}

// Those that are named, or begin with a name and a dot; all if none are named.
absl::StatusOr<std::vector<Part>> Choose(const std::vector<std::string>& names) {
  std::vector<Part> all;
  for (std::vector<Part> some : {TimingParts(), GlassParts(), DecodeParts()}) {
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  std::vector<Part> chosen;
  for (const std::string& name : names) {
    const size_t before = chosen.size();
    for (const Part& part : all) {
      if (part.name == name || absl::StartsWith(part.name, name + ".")) chosen.push_back(part);
    }
    if (chosen.size() > before) continue;
    return absl::NotFoundError(absl::StrCat(
        "no part ", name, "; there are ",
        absl::StrJoin(all, ", ",
                      [](std::string* out, const Part& part) { out->append(part.name); })));
  }
  return names.empty() ? all : chosen;
}

absl::Status Main(const PartSize& size, const std::vector<std::string>& names,
                  const std::string& state_path, bool repeat) {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<Part> parts, Choose(names));
  EVOKE_ASSIGN_OR_RETURN(StateFile state, StateFile::Open(state_path));
  std::vector<FinishedPart> finished;
  for (const Part& part : parts) {
    const std::string key = absl::StrCat(part.name, "@", size.presentations, "x", size.frames);
    std::optional<PartValues> values = repeat ? std::nullopt : state.Find(key);
    std::printf("%-16s %s%s\n", part.name.c_str(), part.what.c_str(),
                values.has_value() ? " (from before)" : "");
    std::fflush(stdout);
    if (!values.has_value()) {
      EVOKE_ASSIGN_OR_RETURN(values, RunApart(part, size));
      std::fputs("\r\x1b[K", stderr);
      EVOKE_RETURN_IF_ERROR(state.Add(key, *values));
    }
    finished.emplace_back(part.name, *std::move(values));
  }
  std::printf("\n%s\n%s", FormatTables(finished).c_str(), FormatFigures(finished).c_str());
  return absl::OkStatus();
}

}  // namespace
}  // namespace evoke

int main(int argc, char** argv) {
  CLI::App app{
      "The stimulus display in front of a test monitor: missed onsets and wrong durations, whether "
      "each miss is flagged, steadiness of predicted onsets, stalls, memory, and the way of an "
      "image to its texture. Half an hour on a quiet machine; goes on where it was interrupted."};
  evoke::PartSize size;
  std::vector<std::string> parts;
  std::string state = "build/release/display_benchmark.state";
  bool quick = false, repeat = false;
  auto* const presentations =
      app.add_option("--presentations", size.presentations, "Of each timing part")
          ->check(CLI::Range(20, 60'000))
          ->capture_default_str();
  auto* const frames = app.add_option("--frames", size.frames, "Of the endurance part")
                           ->check(CLI::Range(1000, 240'000))
                           ->capture_default_str();
  app.add_option("--parts", parts,
                 "realtime, injected, jitter, nominal, pictures, stalls, endurance, decode; also "
                 "realtime.60")
      ->delimiter(',');
  app.add_flag("--quick", quick, "100 presentations and 5000 frames: three minutes");
  app.add_option("--state", state, "Where finished parts are kept")->capture_default_str();
  app.add_flag("--repeat", repeat, "Run also what is finished");
  CLI11_PARSE(app, argc, argv);
  if (quick && presentations->count() == 0) size.presentations = 100;
  if (quick && frames->count() == 0) size.frames = 5000;
  auto log = spdlog::stderr_color_mt("display");
  log->set_level(spdlog::level::err);  // the warnings are what is measured here
  spdlog::set_default_logger(log);

  const absl::Status status = evoke::Main(size, parts, state, repeat);
  if (status.ok()) return 0;
  std::fprintf(stderr, "\ndisplay_benchmark: %s\n", std::string(status.message()).c_str());
  return 1;
}
