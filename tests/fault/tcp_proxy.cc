#include "tests/fault/tcp_proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace evoke {
namespace {

constexpr size_t kMostHeld = 1 << 20;
constexpr size_t kPiece = 1 << 14;

int64_t Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t{1'000'000'000} + now.tv_nsec;
}

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

void SetUp(int socket) {
  fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

// With a reset, not in good order.
void Reset(int* socket) {
  if (*socket < 0) return;
  const linger at_once = {1, 0};
  setsockopt(*socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close(*socket);
  *socket = -1;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TcpProxy>> TcpProxy::Start(int server_port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener, 64) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    if (listener >= 0) close(listener);
    return absl::UnavailableError("the proxy can't listen on the loopback");
  }
  const int waker = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return std::unique_ptr<TcpProxy>(
      new TcpProxy(listener, waker, ntohs(address.sin_port), server_port));
}

TcpProxy::TcpProxy(int listener, int waker, int port, int server_port)
    : listener_(listener), waker_(waker), port_(port), server_port_(server_port) {
  thread_ = std::thread([this] { Loop(); });
}

TcpProxy::~TcpProxy() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  Wake();
  thread_.join();
  Cut();
  close(listener_);
  close(waker_);
}

std::string TcpProxy::address() const { return absl::StrCat("127.0.0.1:", port_); }

void TcpProxy::Wake() {
  const uint64_t one = 1;
  (void)!write(waker_, &one, sizeof(one));
}

void TcpProxy::Set(const Conditions& conditions) {
  {
    MutexLock lock(&mutex_);
    conditions_ = conditions;
  }
  Wake();
}

void TcpProxy::Cut() {
  {
    MutexLock lock(&mutex_);
    for (Connection& connection : connections_) {
      Reset(&connection.client);
      Reset(&connection.server);
    }
  }
  Wake();
}

void TcpProxy::ForgetConnections(End told) {
  {
    MutexLock lock(&mutex_);
    for (Connection& connection : connections_) {
      connection.forgotten = true;
      connection.to_server = {};
      connection.to_client = {};
      if (told == End::kClient) Reset(&connection.client);
      if (told == End::kServer) Reset(&connection.server);
    }
  }
  Wake();
}

int TcpProxy::connections() const {
  MutexLock lock(&mutex_);
  return static_cast<int>(
      std::count_if(connections_.begin(), connections_.end(),
                    [](const Connection& c) { return c.client >= 0 && !c.forgotten; }));
}

void TcpProxy::Accept() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  Connection connection;
  connection.client = client;
  connection.server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(server_port_);
  if (conditions_.refusing ||
      connect(connection.server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
          0) {
    Reset(&connection.client);
    Reset(&connection.server);
    return;
  }
  SetUp(connection.client);
  SetUp(connection.server);
  connections_.push_back(std::move(connection));
}

bool TcpProxy::Receive(int socket, Flow* flow, bool forgotten) {
  Chunk chunk{Now(), std::string(kPiece, '\0')};
  const ssize_t size = recv(socket, chunk.bytes.data(), kPiece, 0);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  if (size == 0) {
    flow->ended = true;
  } else if (!forgotten) {
    chunk.bytes.resize(size);
    flow->size += size;
    flow->chunks.push_back(std::move(chunk));
  }
  return true;
}

bool TcpProxy::Deliver(int socket, Flow* flow, bool stalled, int64_t now, int64_t* next) {
  flow->blocked = false;
  while (!flow->chunks.empty() && !stalled) {
    Chunk& chunk = flow->chunks.front();
    const int64_t due = std::max(chunk.at_nanos + absl::ToInt64Nanoseconds(conditions_.delay),
                                 conditions_.bytes_per_second > 0 ? flow->budget_at_nanos : 0);
    if (due > now) {
      *next = std::min(*next, due);
      return true;
    }
    size_t most = chunk.bytes.size();
    if (conditions_.bytes_per_second > 0) most = std::min<size_t>(most, 1400);  // one packet
    const ssize_t sent = send(socket, chunk.bytes.data(), most, MSG_NOSIGNAL);
    flow->blocked = sent < 0 && (errno == EAGAIN || errno == EINTR);
    if (sent < 0) return flow->blocked;
    if (conditions_.bytes_per_second > 0) {
      flow->budget_at_nanos = now + sent * 1'000'000'000 / conditions_.bytes_per_second;
    }
    flow->size -= sent;
    chunk.bytes.erase(0, sent);
    if (chunk.bytes.empty()) flow->chunks.pop_front();
  }
  if (flow->chunks.empty() && flow->ended && !stalled) shutdown(socket, SHUT_WR);
  return true;
}

void TcpProxy::Loop() {
  std::vector<pollfd> polled;
  while (true) {
    int64_t next = INT64_MAX;
    polled = {{waker_, POLLIN, 0}, {listener_, POLLIN, 0}};
    {
      MutexLock lock(&mutex_);
      if (stopping_) return;
      const int64_t now = Now();
      for (auto it = connections_.begin(); it != connections_.end();) {
        Connection& c = *it;
        bool over;
        if (c.forgotten) {
          // The ends that are left stay open until they give up: that is the fault.
          if (c.to_server.ended) Reset(&c.client);
          if (c.to_client.ended) Reset(&c.server);
          over = c.client < 0 && c.server < 0;
        } else {
          over = c.client < 0 ||
                 !Deliver(c.server, &c.to_server, conditions_.stalled_to_server, now, &next) ||
                 !Deliver(c.client, &c.to_client, conditions_.stalled_to_client, now, &next) ||
                 (c.to_server.ended && c.to_client.ended && c.to_server.chunks.empty() &&
                  c.to_client.chunks.empty());
        }
        if (over) {
          Reset(&c.client);
          Reset(&c.server);
          it = connections_.erase(it);
          continue;
        }
        const auto watch = [&](int socket, const Flow& in, const Flow& out) {
          short events = 0;
          if (!in.ended && in.size < kMostHeld) events |= POLLIN;
          if (out.blocked) events |= POLLOUT;
          polled.push_back({socket, events, 0});
        };
        watch(c.client, c.to_server, c.to_client);
        watch(c.server, c.to_client, c.to_server);
        ++it;
      }
    }
    const int64_t wait = next == INT64_MAX ? -1 : std::max<int64_t>(0, next - Now());
    const timespec timeout = {wait / 1'000'000'000, wait % 1'000'000'000};
    ppoll(polled.data(), polled.size(), wait < 0 ? nullptr : &timeout, nullptr);
    uint64_t ignored;
    if (polled[0].revents != 0) (void)!read(waker_, &ignored, sizeof(ignored));

    MutexLock lock(&mutex_);
    // Only this thread adds or removes connections: their order is that of `polled`.
    size_t at = 2;
    for (auto it = connections_.begin(); it != connections_.end();) {
      const pollfd& client = polled[at++];
      const pollfd& server = polled[at++];
      bool well = true;
      if (it->client >= 0 && client.revents != 0) {
        well = Receive(it->client, &it->to_server, it->forgotten);
      }
      if (it->server >= 0 && server.revents != 0) {
        well &= Receive(it->server, &it->to_client, it->forgotten);
      }
      if (!well) {
        Reset(&it->client);
        Reset(&it->server);
        it = connections_.erase(it);
      } else {
        ++it;
      }
    }
    if (polled[1].revents != 0) Accept();
  }
}

}  // namespace evoke
