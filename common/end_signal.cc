#include "common/end_signal.h"

#include <semaphore.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace evoke {
namespace {

// A process has one set of signal handlers, hence one of this. sem_post() is allowed in a handler.
sem_t end;
// Lock-free, hence allowed in a handler.
std::atomic<bool> asked = false;

void Ask() {
  asked = true;
  sem_post(&end);
}

}  // namespace

void CatchEndSignals() {
  sem_init(&end, 0, 0);
  struct sigaction action = {};
  action.sa_handler = [](int) { Ask(); };
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void WaitForEndSignal() {
  while (sem_wait(&end) != 0 && errno == EINTR) {
  }
}

bool EndAsked() { return asked; }

void RaiseEnd() { Ask(); }

}  // namespace evoke
