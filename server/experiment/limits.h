// The limits on what clients may ask for and send, in one place. Whoever exceeds one gets
// INVALID_ARGUMENT with the field, the value and the limit, or RESOURCE_EXHAUSTED where it is the
// server that is full. They bound memory, not good sense: each is far above what an experiment
// takes.
#ifndef EVOKE_SERVER_EXPERIMENT_LIMITS_H_
#define EVOKE_SERVER_EXPERIMENT_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace evoke {

// ---- every message ----
inline constexpr int kMaxMessageBytes = 64 << 20;  // on the wire, in both directions
inline constexpr size_t kMaxText = 65536;          // bytes of any text field: notes, reasons, ...
inline constexpr int kMaxElements = 1'000'000;     // of any repeated field
inline constexpr int64_t kMaxNanos = INT64_C(1) << 61;  // of any stamp: 73 years, either way
inline constexpr int kMaxPage = 1000;                   // results of one call of a List method

// ---- what is going on at once ----
inline constexpr int kMaxRunningExperiments = 1000;  // each has a thread
inline constexpr size_t kMaxClients = 10'000;        // registered, each with at most one stream
inline constexpr int kMaxWatchers = 1000;            // streams of WatchExperiment
inline constexpr int kMaxStreamsPerConnection = 1024;
inline constexpr size_t kMaxQueuedCalls = 4096;  // that wait for a worker
inline constexpr int kMaxPrefetch = 64;          // leases that one display holds

// ---- an experiment ----
inline constexpr int kMaxCandidateTrials = 1'000'000;
inline constexpr int kMaxRepeats = 1000;
inline constexpr absl::Duration kMaxShow = absl::Minutes(1);  // any duration on the screen
inline constexpr int kMaxObjectiveUnits = 10'000;
inline constexpr size_t kMaxUnitName = 256;
inline constexpr int kMaxSites = 64;
inline constexpr int kMaxEarlierPoints = 10'000;

// ---- a client ----
inline constexpr int kMaxBackendUnits = 1'000'000;
inline constexpr size_t kMaxTrouble = 1024;  // bytes of a heartbeat's trouble; more is cut off

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_LIMITS_H_
