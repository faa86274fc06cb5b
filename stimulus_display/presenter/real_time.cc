#include "stimulus_display/presenter/real_time.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_format.h"

namespace evoke {

absl::Status SetRealTimePriority(int priority) {
  sched_param parameters = {};
  parameters.sched_priority = priority;
  const int error = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters);
  if (error == 0) return absl::OkStatus();
  if (error == EINVAL) {
    return absl::InvalidArgumentError(
        absl::StrFormat("real-time priority %d: give one from 1 to 99", priority));
  }
  return absl::PermissionDeniedError(
      absl::StrFormat("no real-time priority %d (%s): add a line \"USER - rtprio %d\" to "
                      "/etc/security/limits.conf and log in again",
                      priority, std::strerror(error), priority));
}

void SetOrdinaryPriority() {
  const sched_param parameters = {};
  pthread_setschedparam(pthread_self(), SCHED_OTHER, &parameters);
}

absl::Status LockMemory() {
  rlimit limit = {};
  getrlimit(RLIMIT_MEMLOCK, &limit);
  int error = EPERM;
  if (limit.rlim_cur == RLIM_INFINITY || geteuid() == 0) {
    if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0) return absl::OkStatus();
    error = errno;
  }
  return absl::PermissionDeniedError(
      absl::StrFormat("memory is not locked (%s): add a line \"USER - memlock unlimited\" to "
                      "/etc/security/limits.conf and log in again",
                      std::strerror(error)));
}

}  // namespace evoke
