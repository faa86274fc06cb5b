#include "common/end_signal.h"

#include <semaphore.h>

#include <cerrno>
#include <csignal>

namespace evoke {
namespace {

// A process has one set of signal handlers, hence one of this. sem_post() is allowed in a handler.
sem_t end;

}  // namespace

void CatchEndSignals() {
  sem_init(&end, 0, 0);
  struct sigaction action = {};
  action.sa_handler = [](int) { sem_post(&end); };
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void WaitForEndSignal() {
  while (sem_wait(&end) != 0 && errno == EINTR) {
  }
}

void RaiseEnd() { sem_post(&end); }

}  // namespace evoke
