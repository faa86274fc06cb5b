#include "clients/recorder/open_ephys/open_ephys_control.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "httplib.h"
#include "nlohmann/json.hpp"

namespace evoke {
namespace {

using Json = nlohmann::json;

const char* NameOf(OpenEphysMode mode) {
  switch (mode) {
    case OpenEphysMode::kIdle:
      return "IDLE";
    case OpenEphysMode::kAcquire:
      return "ACQUIRE";
    case OpenEphysMode::kRecord:
      return "RECORD";
  }
  return "";
}

absl::StatusOr<OpenEphysMode> ParseMode(const std::string& body) {
  const Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (json.is_object() && json.contains("mode") && json["mode"].is_string()) {
    const std::string name = json["mode"].get<std::string>();
    for (const OpenEphysMode mode :
         {OpenEphysMode::kIdle, OpenEphysMode::kAcquire, OpenEphysMode::kRecord}) {
      if (name == NameOf(mode)) return mode;
    }
  }
  return absl::InternalError(
      absl::StrCat("Open Ephys' HTTP server answered /api/status with \"", body.substr(0, 100),
                   "\", no mode that is known: is another program on this port?"));
}

}  // namespace

OpenEphysControl::OpenEphysControl(OpenEphysControlOptions options, const Clock* clock)
    : options_(std::move(options)), clock_(clock) {}

absl::Status OpenEphysControl::Unreachable(const std::string& why) const {
  return absl::UnavailableError(absl::StrCat(
      "Open Ephys' HTTP server at ", options_.host, ":", options_.port, " does not answer (", why,
      "): start the GUI, and see that File > Enable HTTP server is ticked"));
}

absl::StatusOr<std::string> OpenEphysControl::Request(const std::string& path,
                                                      const std::string* body) const {
  // A connection of its own per request: a kept one would occupy a thread of the GUI's server.
  httplib::Client client(options_.host, options_.port);
  const auto timeout = absl::ToChronoMicroseconds(options_.timeout);
  client.set_connection_timeout(timeout);
  client.set_read_timeout(timeout);
  client.set_write_timeout(timeout);
  const httplib::Result result =
      body == nullptr ? client.Get(path) : client.Put(path, *body, "application/json");
  if (!result) return Unreachable(httplib::to_string(result.error()));
  if (result->status != 200) {
    return absl::InternalError(absl::StrCat("Open Ephys' HTTP server answered ", path, " with ",
                                            result->status, ": is another program on this port?"));
  }
  return result->body;
}

absl::StatusOr<OpenEphysMode> OpenEphysControl::GetMode() const {
  EVOKE_ASSIGN_OR_RETURN(const std::string body, Request("/api/status", nullptr));
  return ParseMode(body);
}

absl::Status OpenEphysControl::SetMode(OpenEphysMode mode) const {
  const std::string wish = Json{{"mode", NameOf(mode)}}.dump();
  EVOKE_ASSIGN_OR_RETURN(const std::string body, Request("/api/status", &wish));
  EVOKE_ASSIGN_OR_RETURN(const OpenEphysMode now, ParseMode(body));
  if (now == mode) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("Open Ephys stays in mode ", NameOf(now), " though asked for ", NameOf(mode),
                   ": see the GUI's message; the signal chain needs a source that is connected"));
}

absl::StatusOr<std::vector<OpenEphysControl::Stream>> OpenEphysControl::GetStreams() const {
  EVOKE_ASSIGN_OR_RETURN(const std::string body, Request("/api/processors", nullptr));
  const Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  std::vector<Stream> streams;
  if (!json.is_object() || !json.contains("processors") || !json["processors"].is_array()) {
    return absl::InternalError("Open Ephys' HTTP server answered /api/processors without a list");
  }
  for (const Json& processor : json["processors"]) {
    if (!processor.is_object() || !processor.contains("streams")) continue;
    for (const Json& stream : processor["streams"]) {
      if (!stream.is_object() || !stream.contains("name") || !stream["name"].is_string()) continue;
      if (!stream.contains("sample_rate") || !stream["sample_rate"].is_number()) continue;
      streams.push_back({stream["name"].get<std::string>(), stream["sample_rate"].get<double>()});
    }
  }
  return streams;
}

void OpenEphysControl::StartPolling(OpenEphysMode known) {
  {
    MutexLock lock(&mutex_);
    stopping_ = false;
    latest_ = {known, clock_->MonotonicNanos(), 0, absl::OkStatus()};
  }
  thread_ = std::thread([this] { Poll(); });
}

void OpenEphysControl::StopPolling() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.SignalAll();
  }
  if (thread_.joinable()) thread_.join();
}

OpenEphysControl::Latest OpenEphysControl::latest() const {
  MutexLock lock(&mutex_);
  return latest_;
}

void OpenEphysControl::Poll() {
  while (true) {
    {
      MutexLock lock(&mutex_);
      if (!stopping_) changed_.WaitWithTimeout(&mutex_, options_.poll_interval);
      if (stopping_) return;
    }
    // Stamped before the request: whatever the answer says was so at some time after.
    const int64_t asked_nanos = clock_->MonotonicNanos();
    const absl::StatusOr<OpenEphysMode> mode = GetMode();
    MutexLock lock(&mutex_);
    latest_.error = mode.status();
    if (mode.ok()) {
      latest_.mode = *mode;
      latest_.as_of_nanos = asked_nanos;
      latest_.failing_nanos = 0;
    } else if (latest_.failing_nanos == 0) {
      latest_.failing_nanos = asked_nanos;
    }
  }
}

}  // namespace evoke
