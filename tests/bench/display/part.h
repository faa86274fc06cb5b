// What the display's benchmark is made of.
#ifndef EVOKE_TESTS_BENCH_DISPLAY_PART_H_
#define EVOKE_TESTS_BENCH_DISPLAY_PART_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace evoke {

// How much is done.
struct PartSize {
  int presentations = 2000;  // of each timing part
  int frames = 100'000;      // of the endurance part
};

// Named numbers, in the order in which they are reported.
using PartValues = std::vector<std::pair<std::string, double>>;

// One independent measurement. Each runs in a process of its own: SDL and locked memory leave
// traces.
struct Part {
  std::string name;
  std::string what;  // one line for the reader
  std::function<absl::StatusOr<PartValues>(const PartSize&)> run;
};

// Presentations of 3 refreshes on and 2 off: with real-time priority; without, and with misses
// injected. Both with every core busy. One part for each rate.
std::vector<Part> TimingParts();
// Jittered stamps, wrong nominal rates, exact pictures, stalls, many frames.
std::vector<Part> GlassParts();
// From a received image to its texture.
std::vector<Part> DecodeParts();

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_DISPLAY_PART_H_
