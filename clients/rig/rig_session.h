// From what a rig delivers and what the display showed to responses: the whole of a rig's
// judgement, without sockets, threads or a clock of its own.
#ifndef EVOKE_CLIENTS_RIG_RIG_SESSION_H_
#define EVOKE_CLIENTS_RIG_RIG_SESSION_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/recorder/recorder.h"
#include "clients/rig/arrival_clock.h"
#include "clients/rig/channel_health.h"
#include "clients/rig/line_matcher.h"
#include "clients/rig/spike_buffer.h"
#include "evoke/v1/client.pb.h"
#include "evoke/v1/response_service.pb.h"

namespace evoke {

struct RigSessionOptions {
  enum class Onset {
    kLine,        // the display's TTL on a digital line of the rig
    kPhotodiode,  // a photodiode's, on the same kind of line
    kClock,       // no line: the onset is computed from the time of arrival of the data
  };
  Onset onset = Onset::kLine;
  // Spikes this long before the first and after the last window go into the trains, for the PSTH. A
  // response is not known before the latter has passed.
  absl::Duration before = absl::Milliseconds(100);
  absl::Duration after = absl::Milliseconds(50);
  // kClock: what the rig is known to take from electrode to network.
  absl::Duration rig_delay = absl::ZeroDuration();
  // A presentation that can't be answered for by then is given back. Less than the server waits.
  absl::Duration patience = absl::Seconds(8);

  absl::Status Validate() const;  // INVALID_ARGUMENT naming the field
};

// One spike train of one presentation, for the monitor.
struct AnsweredPresentation {
  v1::PresentationNotice notice;
  v1::Response response;
};

// Every presentation given to it is answered once: with counts, or with the reason why it can't be
// counted. Not thread-safe.
class RigSession {
 public:
  // Requires valid options and a positive rate.
  RigSession(const RigSessionOptions& options, double sample_rate_hz);

  // `now_nanos`, here and below: CLOCK_MONOTONIC of this machine.
  void Take(const RigData& data, int64_t now_nanos);
  // `onset_local_nanos`: the display's onset by our clock; used without a line, 0 if unknown.
  void Take(v1::PresentationNotice notice, int64_t onset_local_nanos, int64_t now_nanos);

  // The presentations that can be answered by now.
  std::vector<AnsweredPresentation> Answer(int64_t now_nanos);

  // What keeps the rig from its work, for the operator; empty if nothing does.
  std::string trouble(int64_t now_nanos) const;
  // What it answers for, and whether that changed since the last call.
  v1::Client::Backend Describe() const;
  bool TakeChannelsChanged() { return std::exchange(channels_changed_, false); }

  const std::vector<std::string>& channels() const { return channels_; }
  const LineMatcher& matcher() const { return matcher_; }
  const ChannelHealth& health() const { return health_; }
  const std::deque<RigFault>& faults() const { return faults_; }
  int64_t complete_before() const { return complete_before_; }
  v1::ClockFit clock_fit() const;

 private:
  struct Pending {
    v1::PresentationNotice notice;
    int64_t taken_nanos = 0;
    int64_t onset_local_nanos = 0;
    std::optional<int64_t> onset_sample;
    int64_t deviation_nanos = 0;
    int64_t uncertainty_nanos = 0;
    std::string failure;  // given up
  };
  struct Span {
    int64_t first = 0;  // samples
    int64_t end = 0;
  };
  struct UnitOf {
    int channel = 0;
    int sorted_id = 0;
  };

  void AddFault(const RigFault& fault);
  void FindOnsets(int64_t now_nanos);
  Span SpanOf(const v1::ObjectiveSpec& objective) const;
  absl::StatusOr<UnitOf> FindUnit(const std::string& name) const;
  // Empty while it can't be told yet.
  std::optional<v1::Response> AnswerOne(const Pending& pending, int64_t now_nanos) const;
  absl::StatusOr<v1::Response> Count(const Pending& pending, Span span) const;
  v1::RecordedOnset RecordedOnsetOf(const Pending& pending) const;
  std::string FaultIn(Span span) const;

  const RigSessionOptions options_;
  const double rate_;
  LineMatcher matcher_;
  ArrivalClock arrivals_;
  SpikeBuffer spikes_;
  ChannelHealth health_;
  std::vector<std::string> channels_;
  std::map<std::string, int> channel_of_;
  bool channels_changed_ = false;
  int64_t complete_before_ = std::numeric_limits<int64_t>::min();
  std::deque<RigFault> faults_;  // those that a window can still reach
  std::string recorder_trouble_;
  std::string server_session_;          // whose clock the onsets are on
  std::map<int64_t, Pending> pending_;  // in the order of arrival
  int64_t next_id_ = 1;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RIG_RIG_SESSION_H_
