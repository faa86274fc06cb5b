// Real-time priority for a thread, and memory that is not paged out.
#ifndef EVOKE_STIMULUS_DISPLAY_PRESENTER_REAL_TIME_H_
#define EVOKE_STIMULUS_DISPLAY_PRESENTER_REAL_TIME_H_

#include "absl/status/status.h"

namespace evoke {

// PERMISSION_DENIED says which limit to raise and how. Of the calling thread alone; threads that it
// starts inherit it. `priority` is one of SCHED_FIFO, 1 to 99.
absl::Status SetRealTimePriority(int priority);

// Back to SCHED_OTHER, which is always allowed.
void SetOrdinaryPriority();

// Of the whole process, what it will allocate included: pages stay once they were touched.
// PERMISSION_DENIED, and nothing locked, unless the system allows any amount: with a limit, later
// allocations would fail.
absl::Status LockMemory();

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_PRESENTER_REAL_TIME_H_
