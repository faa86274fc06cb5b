// What the server sent lately, to know it when it comes again after a reconnect.
#ifndef EVOKE_CLIENTS_API_RECENT_ATTEMPTS_H_
#define EVOKE_CLIENTS_API_RECENT_ATTEMPTS_H_

#include <algorithm>
#include <deque>
#include <string>

#include "absl/strings/str_cat.h"
#include "evoke/v1/trial.pb.h"

namespace evoke {

// Not thread-safe.
class RecentAttempts {
 public:
  // False if this attempt of the trial was here before.
  bool IsNew(const v1::Trial& trial) {
    std::string key = absl::StrCat(trial.name(), "#", trial.attempt());
    if (std::find(keys_.begin(), keys_.end(), key) != keys_.end()) return false;
    keys_.push_back(std::move(key));
    if (keys_.size() > kKept) keys_.pop_front();
    return true;
  }

 private:
  // More than a server ever has outstanding for one client.
  static constexpr size_t kKept = 4096;
  std::deque<std::string> keys_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_API_RECENT_ATTEMPTS_H_
