// Progress of a long job on standard error.
#ifndef EVOKE_SIM_BACKEND_TRAINING_PROGRESS_H_
#define EVOKE_SIM_BACKEND_TRAINING_PROGRESS_H_

#include <chrono>
#include <string>

namespace evoke {

// On a terminal a bar that is redrawn at most ten times a second; elsewhere a line every 30 s, so
// that log files stay readable. Not thread-safe.
class Progress {
 public:
  // `label` comes first: "epoch 3/20". `total` is in items, of which `unit` is the name.
  Progress(std::string label, int64_t total, std::string unit);

  // `done` items are finished; `note` ("loss 1.23") is shown behind the bar. `seconds_after` is
  // what follows the job itself, for the time left.
  void Update(int64_t done, const std::string& note, double seconds_after = 0);
  // Ends the bar with a last line.
  void Finish(const std::string& note);

  double seconds() const;

 private:
  std::string Line(int64_t done, const std::string& note, double seconds_after) const;

  const std::string label_;
  const int64_t total_;
  const std::string unit_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_PROGRESS_H_
