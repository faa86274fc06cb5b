// A client of RHX's command port ("Network > Remote TCP Control"): settings and actions as text.
#ifndef EVOKE_CLIENTS_RECORDER_INTAN_INTAN_COMMAND_H_
#define EVOKE_CLIENTS_RECORDER_INTAN_INTAN_COMMAND_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/recorder/intan/tcp_socket.h"

namespace evoke {

// One answer. RHX ends none of them, so that several that were waiting arrive as
// "Return: RunMode StopReturn: Version 3.4.0".
struct IntanReply {
  bool error = false;
  std::string text;  // all of it, without "Return: "
  // The value if this answers a `get` of the item `name` (the last part of its path, in any case):
  // what follows the name. `currenttimestamp` is answered by the bare number.
  bool Answers(absl::string_view name, std::string* value) const;
};

// Splits what arrived into answers: an error text is what stands before the first "Return: ".
std::vector<IntanReply> ParseIntanReplies(absl::string_view text);

// Not thread-safe. Connects when first needed and again after the connection broke; but RHX stops
// listening once a client has come, until "Connect" is clicked again. Every call waits for RHX, at
// most for the timeout.
//
// Errors: UNAVAILABLE if RHX can't be reached or closed the connection, DEADLINE_EXCEEDED if it
// does not answer, INVALID_ARGUMENT if it refuses a command, with its words, FAILED_PRECONDITION if
// a value was not taken.
class IntanCommandClient {
 public:
  IntanCommandClient(std::string host, int port) : host_(std::move(host)), port_(port) {}

  // "runmode", "a-003.tcpdataoutputenabledspike"
  absl::StatusOr<std::string> Get(absl::string_view item);
  absl::StatusOr<int> GetNumber(absl::string_view item);
  // Sets, and reads back until the value is as asked (in any case): RHX says nothing on success.
  absl::Status Set(absl::string_view item, absl::string_view value);
  // RHX says nothing on success here either, so a `get` behind the action shows that it is done.
  absl::Status Execute(absl::string_view action);

  void set_timeout(absl::Duration timeout) { timeout_ = timeout; }
  // Counts connections: settings are RHX's own, but a new connection may mean a new RHX.
  int connections() const { return connections_; }
  void Close() { socket_.Close(); }
  std::string Address() const;

 private:
  absl::Status Connect();
  absl::Status SendCommand(absl::string_view command);
  // Waits for the answer to a `get` of the item that was sent. An error text that comes with it or
  // before it belongs to `command`, which was sent before the get.
  absl::StatusOr<std::string> Await(absl::string_view item, absl::string_view command);
  // Appends what arrives to *text. UNAVAILABLE, DEADLINE_EXCEEDED.
  absl::Status ReceiveSome(absl::Time deadline, std::string* text);
  // An answer that came too late for its question must not be taken for the next one's.
  void DropStaleInput();

  const std::string host_;
  const int port_;
  absl::Duration timeout_ = absl::Seconds(3);
  TcpSocket socket_;
  int connections_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_INTAN_INTAN_COMMAND_H_
