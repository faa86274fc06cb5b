#include "clients/recorder/open_ephys/open_ephys_program.h"

#include <cerrno>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "httplib.h"
#include "nlohmann/json.hpp"

namespace evoke {
namespace {

using Json = nlohmann::json;

constexpr char kModes[][8] = {"IDLE", "ACQUIRE", "RECORD"};  // by OpenEphysMode
constexpr long kWaitMillis = 2;

std::string ModeJson(OpenEphysMode mode) {
  return Json{{"mode", kModes[static_cast<int>(mode)]}}.dump();
}

std::optional<OpenEphysMode> ModeIn(const std::string& body) {
  const Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("mode")) return std::nullopt;
  for (int i = 0; i < 3; ++i) {
    if (json["mode"] == kModes[i]) return static_cast<OpenEphysMode>(i);
  }
  return std::nullopt;
}

}  // namespace

OpenEphysProgram::OpenEphysProgram(OpenEphysProgramOptions options)
    : options_(std::move(options)), mode_(OpenEphysMode::kIdle) {}

OpenEphysProgram::~OpenEphysProgram() { Stop(); }

absl::Status OpenEphysProgram::Bind(int port, zmq::socket_type type, zmq::socket_t* socket,
                                    int* bound_port) {
  const std::string endpoint =
      absl::StrCat("tcp://", options_.host, ":", port == 0 ? "*" : absl::StrCat(port));
  try {
    *socket = zmq::socket_t(context_, type);
    socket->set(zmq::sockopt::linger, 0);
    if (type == zmq::socket_type::xpub) {
      socket->set(zmq::sockopt::xpub_verboser, 1);
      socket->set(zmq::sockopt::xpub_nodrop, !options_.drop_when_full);
    }
    socket->bind(endpoint);
    const std::string last = socket->get(zmq::sockopt::last_endpoint);
    *bound_port = std::stoi(last.substr(last.rfind(':') + 1));
  } catch (const zmq::error_t& error) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen at ", endpoint, ": ", error.what(), "; give another port"));
  }
  return absl::OkStatus();
}

absl::Status OpenEphysProgram::BindData(int port) {
  subscribers_ = 0;
  return Bind(port, zmq::socket_type::xpub, &data_, &data_port_);
}

absl::Status OpenEphysProgram::Start() {
  SetMode(options_.mode);
  {
    MutexLock lock(&socket_mutex_);
    EVOKE_RETURN_IF_ERROR(BindData(options_.data_port));
  }
  if (options_.plugin == OpenEphysPlugin::kZmqInterface) {
    EVOKE_RETURN_IF_ERROR(
        Bind(options_.heartbeat_port, zmq::socket_type::rep, &heartbeat_, &heartbeat_port_));
    heartbeat_.set(zmq::sockopt::rcvtimeo, 50);
    heartbeat_thread_ = std::thread([this] { AnswerHeartbeats(); });
  }
  return StartHttp();
}

absl::Status OpenEphysProgram::StartHttp() {
  http_ = std::make_unique<httplib::Server>();
  http_->Get("/api/status", [this](const httplib::Request&, httplib::Response& response) {
    response.set_content(ModeJson(mode()), "application/json");
  });
  http_->Put("/api/status", [this](const httplib::Request& request, httplib::Response& response) {
    if (const std::optional<OpenEphysMode> wish = ModeIn(request.body); wish) SetMode(*wish);
    response.set_content(ModeJson(mode()), "application/json");
  });
  http_->Get("/api/processors", [this](const httplib::Request&, httplib::Response& response) {
    Json streams = Json::array();
    if (options_.sample_rate_hz > 0) {
      streams.push_back({{"name", options_.stream},
                         {"sample_rate", options_.sample_rate_hz},
                         {"source_id", 100}});
    }
    const Json chain = {
        {"processors", {{{"id", 100}, {"name", "File Reader"}, {"streams", streams}}}}};
    response.set_content(chain.dump(), "application/json");
  });
  http_port_ = options_.http_port;
  const bool bound = http_port_ == 0 ? (http_port_ = http_->bind_to_any_port(options_.host)) > 0
                                     : http_->bind_to_port(options_.host, http_port_);
  if (!bound) {
    return absl::UnavailableError(absl::StrCat("cannot listen at ", options_.host, ":",
                                               options_.http_port, " (HTTP); give another port"));
  }
  http_thread_ = std::thread([this] { http_->listen_after_bind(); });
  // stop() before it runs would be lost.
  while (!http_->is_running()) std::this_thread::yield();
  return absl::OkStatus();
}

void OpenEphysProgram::StopHttp() {
  if (!http_thread_.joinable()) return;
  http_->stop();
  http_thread_.join();
}

void OpenEphysProgram::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  StopHttp();
  if (heartbeat_thread_.joinable()) heartbeat_thread_.join();
  heartbeat_.close();
  MutexLock lock(&socket_mutex_);
  data_.close();
}

bool OpenEphysProgram::stopping() const {
  MutexLock lock(&mutex_);
  return stopping_;
}

bool OpenEphysProgram::Publish(absl::Span<const std::string> parts) {
  while (!stopping()) {
    MutexLock lock(&socket_mutex_);
    if (!data_) return false;
    CountSubscribers();
    bool sent = true;
    for (size_t i = 0; i < parts.size() && sent; ++i) {
      const auto more = i + 1 < parts.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
      sent = data_.send(zmq::buffer(parts[i]), more | zmq::send_flags::dontwait).has_value();
    }
    if (sent) return true;
    // Only the first part can find the queue full, so nothing is half sent. The socket never says
    // when there is room again.
    zmq_pollitem_t item = {data_.handle(), 0, ZMQ_POLLIN, 0};
    zmq_poll(&item, 1, kWaitMillis);
  }
  return false;
}

void OpenEphysProgram::CountSubscribers() {
  zmq::message_t request;
  while (data_.recv(request, zmq::recv_flags::dontwait)) {
    if (request.size() == 0) continue;
    subscribers_ += *request.data<unsigned char>() == 1 ? 1 : -1;
  }
}

bool OpenEphysProgram::WaitForSubscriber(absl::Duration timeout) {
  const absl::Time end = absl::Now() + timeout;
  while (!stopping()) {
    MutexLock lock(&socket_mutex_);
    if (!data_) return false;
    CountSubscribers();
    if (subscribers_ > 0) return true;
    if (absl::Now() >= end) return false;
    zmq_pollitem_t item = {data_.handle(), 0, ZMQ_POLLIN, 0};
    zmq_poll(&item, 1, kWaitMillis);
  }
  return false;
}

OpenEphysMode OpenEphysProgram::mode() const {
  MutexLock lock(&mutex_);
  return mode_;
}

void OpenEphysProgram::SetMode(OpenEphysMode mode) {
  MutexLock lock(&mutex_);
  if (mode_ == OpenEphysMode::kIdle && mode != OpenEphysMode::kIdle) ++acquisitions_;
  mode_ = mode;
}

int OpenEphysProgram::acquisitions() const {
  MutexLock lock(&mutex_);
  return acquisitions_;
}

int OpenEphysProgram::heartbeats() const {
  MutexLock lock(&mutex_);
  return heartbeats_;
}

void OpenEphysProgram::AnswerHeartbeats() {
  while (!stopping()) {
    zmq::message_t request;
    try {
      if (!heartbeat_.recv(request)) continue;
      heartbeat_.send(zmq::str_buffer("heartbeat received"), zmq::send_flags::none);
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) return;
      continue;
    }
    MutexLock lock(&mutex_);
    ++heartbeats_;
  }
}

absl::Status OpenEphysProgram::DropConnections() {
  MutexLock lock(&socket_mutex_);
  const int port = data_port_;
  data_.close();
  // The library closes the listening socket some moments later.
  absl::Status status;
  const absl::Time end = absl::Now() + absl::Seconds(5);
  do {
    status = BindData(port);
  } while (!status.ok() && absl::Now() < end);
  return status;
}

}  // namespace evoke
