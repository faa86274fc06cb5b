#include "sim_backend/training/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace evoke {
namespace {

using std::chrono::steady_clock;

double Seconds(steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

Progress::Progress(std::string label, int64_t total, std::string unit)
    : label_(std::move(label)),
      total_(total),
      unit_(std::move(unit)),
      terminal_(isatty(STDERR_FILENO) != 0),
      start_(steady_clock::now()),
      last_(start_) {}

double Progress::seconds() const { return Seconds(steady_clock::now() - start_); }

std::string Progress::Line(int64_t done, const std::string& note, double seconds_after) const {
  const double rate = done / std::max(seconds(), 1e-9);
  const double left = (total_ - done) / std::max(rate, 1e-9) + seconds_after;
  return absl::StrFormat("%s  %d/%d %s  %s  %.0f %s/s  %s left", label_, done, total_, unit_, note,
                         rate, unit_,
                         absl::FormatDuration(absl::Seconds(static_cast<int64_t>(left))));
}

void Progress::Update(int64_t done, const std::string& note, double seconds_after) {
  const auto now = steady_clock::now();
  if (Seconds(now - last_) < (terminal_ ? 0.1 : 30)) return;
  last_ = now;
  const std::string line = Line(done, note, seconds_after);
  if (!terminal_) {
    std::fprintf(stderr, "%s\n", line.c_str());
    return;
  }
  constexpr int kWidth = 24;
  const int filled = static_cast<int>(kWidth * done / std::max<int64_t>(total_, 1));
  const std::string bar = std::string(filled, '=') + std::string(kWidth - filled, ' ');
  std::fprintf(stderr, "\r\033[K[%s] %s", bar.c_str(), line.c_str());
}

void Progress::Finish(const std::string& note) {
  std::fprintf(stderr, "%s%s  %s  %.1f s\n", terminal_ ? "\r\033[K" : "", label_.c_str(),
               note.c_str(), seconds());
}

}  // namespace evoke
