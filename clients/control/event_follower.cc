#include "clients/control/event_follower.h"

#include <utility>

#include "absl/time/clock.h"
#include "clients/api/channel.h"
#include "common/backoff.h"
#include "common/status_macros.h"

namespace evoke {

absl::Status FollowEvents(v1::WatchExperimentRequest request, const FollowHooks& hooks,
                          int most_tries) {
  Backoff backoff(absl::Milliseconds(100), absl::Seconds(5));
  bool any = false, said_broken = false;
  int tries = 0;
  while (true) {
    bool news = false;
    const absl::Status status = hooks.read_stream(request, [&](const v1::ExperimentEvent& event) {
      if (event.sequence() <= request.after_sequence()) return;
      request.set_after_sequence(event.sequence());
      news = any = true;
      said_broken = false;
      hooks.on_event(event);
    });
    if (status.ok()) return status;
    if (!any || !IsTransient(status)) return status;
    if (news) {
      backoff.Reset();
      tries = 0;
    } else if (++tries == most_tries) {
      return status;
    }
    if (!std::exchange(said_broken, true)) hooks.on_broken(status);
    hooks.wait(backoff.Next());
  }
}

absl::StatusOr<ExperimentRecord> ReadRecord(ExperimentApi& api, const std::string& name) {
  ExperimentRecord record;
  absl::Status folded;
  FollowHooks hooks;
  hooks.read_stream = [&api](const v1::WatchExperimentRequest& request,
                             const FollowHooks::OnEvent& on_event) {
    return api.Watch(request, on_event, [] {});
  };
  hooks.on_event = [&](const v1::ExperimentEvent& event) {
    if (folded.ok()) folded = record.Add(event);
  };
  hooks.on_broken = [](const absl::Status&) {};
  hooks.wait = [](absl::Duration d) { absl::SleepFor(d); };
  v1::WatchExperimentRequest request;
  request.set_name(name);
  EVOKE_RETURN_IF_ERROR(FollowEvents(std::move(request), hooks, /*most_tries=*/10));
  EVOKE_RETURN_IF_ERROR(folded);
  return record;
}

}  // namespace evoke
