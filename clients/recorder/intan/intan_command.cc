#include "clients/recorder/intan/intan_command.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

constexpr absl::string_view kReturn = "Return: ";
// An error text may be all that comes, or the answer to the get behind it may follow.
constexpr absl::Duration kAfterError = absl::Milliseconds(200);
constexpr absl::Duration kBetweenLooks = absl::Milliseconds(20);

absl::string_view LastPart(absl::string_view item) {
  const size_t dot = item.rfind('.');
  return dot == absl::string_view::npos ? item : item.substr(dot + 1);
}

}  // namespace

bool IntanReply::Answers(absl::string_view name, std::string* value) const {
  if (error) return false;
  if (absl::StartsWithIgnoreCase(text, absl::StrCat(name, " "))) {
    *value = std::string(absl::StripAsciiWhitespace(text.substr(name.size() + 1)));
    return true;
  }
  int64_t number;
  if (absl::EqualsIgnoreCase(name, "currenttimestamp") && absl::SimpleAtoi(text, &number)) {
    *value = std::string(absl::StripAsciiWhitespace(text));
    return true;
  }
  return false;
}

std::vector<IntanReply> ParseIntanReplies(absl::string_view text) {
  std::vector<IntanReply> replies;
  size_t begin = text.find(kReturn);
  const absl::string_view error = absl::StripAsciiWhitespace(text.substr(0, begin));
  if (!error.empty()) replies.push_back({true, std::string(error)});
  while (begin != absl::string_view::npos) {
    begin += kReturn.size();
    const size_t end = text.find(kReturn, begin);
    replies.push_back({false, std::string(text.substr(begin, end - begin))});
    begin = end;
  }
  return replies;
}

std::string IntanCommandClient::Address() const { return absl::StrCat(host_, ":", port_); }

absl::Status IntanCommandClient::Connect() {
  if (socket_.open()) return absl::OkStatus();
  absl::StatusOr<TcpSocket> socket = ConnectTcp(host_, port_, timeout_);
  if (!socket.ok()) {
    return absl::UnavailableError(
        absl::StrCat("RHX is not listening on ", Address(), " (", socket.status().message(),
                     "): in RHX open Network > Remote TCP Control, click Connect on the Commands "
                     "tab"));
  }
  socket_ = *std::move(socket);
  ++connections_;
  return absl::OkStatus();
}

absl::Status IntanCommandClient::SendCommand(absl::string_view command) {
  // The semicolon keeps commands apart that arrive together; one send() each, for RHX parses what
  // it finds without waiting for the rest of a command.
  const std::string text = absl::StrCat(command, ";");
  const absl::Status sent = socket_.Send(text.data(), text.size(), timeout_);
  if (sent.ok()) return sent;
  Close();
  return absl::UnavailableError(
      absl::StrCat("RHX closed its command connection ", Address(), ": ", sent.message()));
}

absl::Status IntanCommandClient::ReceiveSome(absl::Time deadline, std::string* text) {
  if (!WaitReadable(socket_.fd(), deadline - absl::Now())) {
    return absl::DeadlineExceededError(absl::StrCat("RHX at ", Address(), " does not answer"));
  }
  char buffer[4096];
  const TcpSocket::Received received = socket_.Receive(buffer, sizeof buffer);
  if (received.closed) {
    Close();
    return absl::UnavailableError(
        absl::StrCat("RHX closed its command connection ", Address(),
                     ": in RHX open Network > Remote TCP Control, click Connect on the Commands "
                     "tab"));
  }
  text->append(buffer, received.bytes);
  return absl::OkStatus();
}

void IntanCommandClient::DropStaleInput() {
  std::string stale;
  while (socket_.open() && WaitReadable(socket_.fd(), absl::ZeroDuration())) {
    if (!ReceiveSome(absl::Now(), &stale).ok()) break;
  }
  if (!stale.empty()) spdlog::warn("RHX said, too late for its question: {}", stale);
}

absl::StatusOr<std::string> IntanCommandClient::Await(absl::string_view item,
                                                      absl::string_view command) {
  absl::Time deadline = absl::Now() + timeout_;
  std::string text;
  std::string error;
  while (true) {
    if (const absl::Status some = ReceiveSome(deadline, &text); !some.ok()) {
      if (error.empty() || !absl::IsDeadlineExceeded(some)) return some;
      break;
    }
    std::string value;
    bool answered = false;
    for (const IntanReply& reply : ParseIntanReplies(text)) {
      if (reply.error) error = reply.text;
      answered = answered || reply.Answers(LastPart(item), &value);
    }
    if (answered && error.empty()) return value;
    // The error of the get itself is all that comes.
    if (answered || (!error.empty() && command.empty())) break;
    if (!error.empty()) deadline = std::min(deadline, absl::Now() + kAfterError);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "RHX refuses \"", command.empty() ? absl::StrCat("get ", item) : std::string(command),
      "\": ", error));
}

absl::StatusOr<std::string> IntanCommandClient::Get(absl::string_view item) {
  EVOKE_RETURN_IF_ERROR(Connect());
  DropStaleInput();
  EVOKE_RETURN_IF_ERROR(Connect());
  EVOKE_RETURN_IF_ERROR(SendCommand(absl::StrCat("get ", item)));
  return Await(item, "");
}

absl::StatusOr<int> IntanCommandClient::GetNumber(absl::string_view item) {
  EVOKE_ASSIGN_OR_RETURN(const std::string value, Get(item));
  int number;
  if (!absl::SimpleAtoi(value, &number)) {
    return absl::InvalidArgumentError(
        absl::StrCat("RHX: ", item, " is \"", value, "\", which is not a whole number"));
  }
  return number;
}

absl::Status IntanCommandClient::Set(absl::string_view item, absl::string_view value) {
  const std::string command = absl::StrCat("set ", item, " ", value);
  EVOKE_RETURN_IF_ERROR(Connect());
  DropStaleInput();
  EVOKE_RETURN_IF_ERROR(Connect());
  EVOKE_RETURN_IF_ERROR(SendCommand(command));
  const absl::Time deadline = absl::Now() + timeout_;
  std::string answer;
  do {
    EVOKE_RETURN_IF_ERROR(SendCommand(absl::StrCat("get ", item)));
    EVOKE_ASSIGN_OR_RETURN(answer, Await(item, command));
    if (absl::EqualsIgnoreCase(answer, value)) return absl::OkStatus();
    // A change of the run mode takes a while: look again, but not without a pause.
    WaitReadable(socket_.fd(), kBetweenLooks);
  } while (absl::Now() < deadline);
  return absl::FailedPreconditionError(
      absl::StrCat("RHX did not take \"", command, "\": it still says ", answer));
}

absl::Status IntanCommandClient::Execute(absl::string_view action) {
  const std::string command = absl::StrCat("execute ", action);
  EVOKE_RETURN_IF_ERROR(Connect());
  DropStaleInput();
  EVOKE_RETURN_IF_ERROR(Connect());
  EVOKE_RETURN_IF_ERROR(SendCommand(command));
  EVOKE_RETURN_IF_ERROR(SendCommand("get type"));
  return Await("type", command).status();
}

}  // namespace evoke
