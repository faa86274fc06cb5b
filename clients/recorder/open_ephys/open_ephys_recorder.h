// Open Ephys GUI as a recorder: spikes of Spike Detector or a sorter, edges of a digital line.
//
// ZMQ Interface is to be preferred over Event Broadcaster. Its messages are numbered, so that every
// loss is seen, and its continuous data (one channel is enough) are a clock. Event Broadcaster
// numbers nothing and is silent where nothing happens: what its socket drops when this program or
// the network falls 1000 messages behind can't be seen, and a silent line is judged by what the
// GUI's HTTP server says and by this machine's clock.
#ifndef EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_RECORDER_H_
#define EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_RECORDER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/recorder/open_ephys/open_ephys_control.h"
#include "clients/recorder/open_ephys/open_ephys_heartbeat.h"
#include "clients/recorder/open_ephys/open_ephys_lines.h"
#include "clients/recorder/open_ephys/open_ephys_link.h"
#include "clients/recorder/open_ephys/open_ephys_timeline.h"
#include "clients/recorder/open_ephys/open_ephys_wire.h"
#include "clients/recorder/recorder.h"
#include "common/clock.h"

namespace evoke {

struct OpenEphysRecorderOptions {
  OpenEphysPlugin plugin = OpenEphysPlugin::kZmqInterface;
  std::string host = "127.0.0.1";
  int port = 0;            // of the plugin's data; 0: its default, 5556 (ZMQ Interface) or 5557
  int heartbeat_port = 0;  // ZMQ Interface's; 0: port + 1; -1: no heartbeats
  int http_port = 37497;   // 0: none, then it is not known whether the GUI acquires
  absl::Duration http_timeout = absl::Seconds(2);
  absl::Duration http_poll_interval = absl::Milliseconds(500);
  // The data stream to listen to, by name; empty: that of the first message. Event Broadcaster's
  // binary messages tell a number only: give that ("10003"), or one stream only.
  std::string stream;
  int stimulus_line = 0;     // from 0
  int sync_code_shift = -1;  // the first of 8 lines that carry the display's sync code; -1: none
  std::vector<std::string> electrodes;  // expected: announced at once, in this order
  // Used until a message or the GUI tells the rate; 0: unknown. Event Broadcaster's binary messages
  // never tell it.
  double sample_rate_hz = 0;
  // How much later than others a message may come. Two processing blocks of the GUI.
  absl::Duration reorder_span = absl::Milliseconds(50);
  bool start_acquisition = false;
  absl::Duration connect_timeout = absl::Seconds(5);
  // Seconds of the rig's clock per second of ours; else than 1 only where a capture is played, 0
  // as fast as it goes.
  double speed = 1;
};

// See Recorder. Start() waits for the plugin's socket and asks the GUI's HTTP server, if one is
// configured; both must be there, else it may be tried again. After Stop() there is no other start.
class OpenEphysRecorder final : public Recorder {
 public:
  // `clock` outlives this.
  OpenEphysRecorder(OpenEphysRecorderOptions options, const Clock* clock);
  ~OpenEphysRecorder() override;

  absl::StatusOr<RigInfo> Start() override;
  absl::Status Read(absl::Duration timeout, RigData* data) override;
  absl::Status Stop() override;
  void Wake() override { link_.Wake(); }
  double sample_rate_hz() const override { return timeline_.sample_rate_hz(); }
  // As the latest spikes told them; Event Broadcaster's JSON does not.
  std::vector<double> thresholds_uv() override { return thresholds_uv_; }

  // Of the reader's thread. Messages received since Start(), whatever they were.
  int64_t messages() const { return messages_; }
  // Messages of ZMQ Interface that are missing, by their numbers.
  int64_t lost_messages() const { return lost_messages_; }
  // Whether all messages received have been delivered: the first one of a restarted clock waits for
  // the next Read().
  bool settled() const { return !pending_.has_value(); }
  // For replays, when nothing more will come: completes *data of the last Read().
  void Finish(RigData* data);

 private:
  const char* PluginName() const;
  std::string Endpoint(int port) const;
  absl::Status AwaitConnection();
  absl::Status StartControl();

  void WatchConnection();
  void WatchControl(int64_t now_nanos);
  // True if it stopped with messages left.
  bool Drain(RigData* data);
  void Handle(const absl::StatusOr<OpenEphysMessage>& message, int64_t received_nanos,
              RigData* data);
  void Deliver(const OpenEphysMessage& message, int64_t received_nanos, RigData* data);
  void CheckNumber(int64_t message_num);
  bool IsOurs(std::string_view stream, int stream_id);
  void LearnRate(double sample_rate_hz);
  bool gap_is_open() const {
    return gap_messages_ > 0 || gap_connection_ || gap_acquisition_ || standing_still_;
  }
  void OpenGap();
  void TellGap(int64_t sample, RigData* data);
  void TellLoss(int64_t lost, int64_t last_sample, RigData* data);
  int32_t ChannelOf(std::string_view electrode, RigData* data);
  void Complete(int64_t now_nanos, RigData* data);
  std::string Trouble(int64_t now_nanos) const;

  const OpenEphysRecorderOptions options_;
  const Clock* const clock_;
  OpenEphysLink link_;
  std::unique_ptr<OpenEphysControl> control_;
  std::unique_ptr<OpenEphysHeartbeat> heartbeat_;
  OpenEphysControl::Latest status_;  // as of the last Read()
  bool started_ = false;
  bool stopped_ = false;
  bool started_acquisition_ = false;

  OpenEphysParser parser_;
  OpenEphysTimeline timeline_;
  OpenEphysLines lines_;
  // The first message of a restarted clock, for the next Read(): its views point into link_ and
  // parser_, which rest until then.
  struct Pending {
    OpenEphysMessage message;
    int64_t received_nanos;
  };
  std::optional<Pending> pending_;

  std::vector<std::string> unannounced_;
  absl::flat_hash_map<std::string, int32_t> channels_;
  std::vector<double> thresholds_uv_;  // by channel, of its first electrode
  std::string stream_;                 // chosen; empty: not yet
  int stream_id_ = -1;
  std::string other_stream_;  // one that is ignored; empty: none seen

  // A gap is told with the message that ends it: its samples are known only then.
  int64_t gap_messages_ = 0;  // missing
  bool gap_connection_ = false;
  bool gap_acquisition_ = false;
  int64_t gap_first_sample_ = 0;
  size_t loss_index_ = 0;  // of this Read()'s last fault of missing messages, and
  int64_t loss_told_ = 0;  // how many that tells of
  // The GUI was seen not to acquire: nothing completes until it is seen to do so.
  bool standing_still_ = false;

  int64_t messages_ = 0;
  int64_t lost_messages_ = 0;
  int64_t garbage_ = 0;
  int64_t last_message_num_ = -1;
  int disconnects_seen_ = 0;
  int64_t last_message_nanos_ = 0;
  int64_t acquiring_since_nanos_ = 0;
  int64_t backlog_nanos_ = 0;  // since when Read() left messages behind; 0: it did not
  int64_t complete_before_ = std::numeric_limits<int64_t>::min();  // as told
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_RECORDER_H_
