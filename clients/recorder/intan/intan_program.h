// A program that stands in for RHX on its three ports: an emulated rig, the replay of a recording,
// a test. It answers commands as RHX does and sends the bytes it is given.
//
// Unlike RHX it goes on listening for commands after its client has gone, so that nobody has to
// click "Connect" again.
#ifndef EVOKE_CLIENTS_RECORDER_INTAN_INTAN_PROGRAM_H_
#define EVOKE_CLIENTS_RECORDER_INTAN_INTAN_PROGRAM_H_

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/recorder/intan/intan_settings.h"
#include "clients/recorder/intan/intan_setup.h"
#include "clients/recorder/intan/tcp_socket.h"
#include "common/mutex.h"

namespace evoke {

struct IntanProgramOptions {
  std::string host = "127.0.0.1";  // IPv4
  // 0: any free one. Those of the data are told to the client; they listen only once the client
  // has asked for the output.
  int command_port = 5000;
  int waveform_port = 5001;
  int spike_port = 5002;
  double sample_rate_hz = 20000;
  std::vector<std::string> channels;
  int blocks_per_write = 10;
  bool running = false;  // Run is pressed already
  // What a client that stops reading is granted before it is disconnected.
  absl::Duration send_timeout = absl::Seconds(5);
};

// Thread-safe. One thread of its own answers; one other thread at a time sends.
class IntanProgram {
 public:
  explicit IntanProgram(IntanProgramOptions options);
  ~IntanProgram();

  // UNAVAILABLE naming the port.
  absl::Status Start();
  // Ends all connections. Idempotent.
  void Stop();

  int command_port() const { return command_port_; }
  // Looks at the settings, or changes them as the operator would; `use` must not call back.
  void WithSettings(const std::function<void(IntanSettings&)>& use);
  bool connected(IntanOutput output);

  // Sends bytes to the output's client, waiting for it to read. False if there is none, or if it
  // does not read: then it is disconnected. What is not sent is lost, as with RHX.
  bool Send(IntanOutput output, absl::string_view bytes);

  // Waits until what was sent has gone out, so that what is sent on the other output afterwards
  // does not overtake it. False as Send().
  bool Flush(IntanOutput output);

  // For tests: as if the network cut the connection. RHX does not listen for the output again until
  // asked to.
  void Drop(IntanOutput output);
  void DropCommand();

 private:
  // Shared, since the sender may be waiting on the socket while the other thread drops it.
  using SharedSocket = std::shared_ptr<TcpSocket>;

  struct Stream {
    TcpSocket listener;
    SharedSocket client;
  };

  void Loop();
  SharedSocket ClientOf(IntanOutput output);
  // What to do with a client after `status`; true if it is well.
  bool Keep(IntanOutput output, const SharedSocket& client, const absl::Status& status);
  // Opens and closes listeners and connections as the settings say.
  void FollowSettings() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AcceptStream(size_t output);
  void LookAtStream(size_t output, const SharedSocket& client);
  void AnswerCommand(const SharedSocket& client);
  void Wake();

  const IntanProgramOptions options_;
  int command_port_ = 0;
  TcpSocket wake_;  // an eventfd
  TcpSocket command_listener_;

  Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  IntanSettings settings_ ABSL_GUARDED_BY(mutex_);
  SharedSocket command_client_ ABSL_GUARDED_BY(mutex_);
  std::array<Stream, 2> streams_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_INTAN_INTAN_PROGRAM_H_
