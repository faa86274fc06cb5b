// Ctrl-C and SIGTERM, turned into something that a program can wait for.
#ifndef EVOKE_COMMON_END_SIGNAL_H_
#define EVOKE_COMMON_END_SIGNAL_H_

namespace evoke {

// From now on SIGINT and SIGTERM do not kill the program. A handler, not a blocked signal:
// libraries (OpenBLAS) start threads before main() that would take a signal that is blocked here.
// Call it first in main().
void CatchEndSignals();

// Waits for the first such signal, or for RaiseEnd().
void WaitForEndSignal();

// Whether one came, for loops that look between two steps. Any thread.
bool EndAsked();

// Wakes WaitForEndSignal() from within. Any thread.
void RaiseEnd();

}  // namespace evoke

#endif  // EVOKE_COMMON_END_SIGNAL_H_
