// The bad network does what it says, and nothing else.
#include "tests/fault/tcp_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// A connection through a proxy, both ends in our hands.
class TcpProxyTest : public testing::Test {
 protected:
  TcpProxyTest() {
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof(address);
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 8);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    auto proxy = TcpProxy::Start(ntohs(address.sin_port));
    EXPECT_TRUE(proxy.ok()) << proxy.status();
    proxy_ = *std::move(proxy);
    Connect();
  }
  ~TcpProxyTest() override {
    close(client_);
    close(server_);
    close(listener_);
  }

  void Connect() {
    client_ = socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = Loopback(proxy_->port());
    ASSERT_EQ(connect(client_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    server_ = accept(listener_, nullptr, nullptr);
    ASSERT_GE(server_, 0);
  }

  static void Write(int socket, const std::string& bytes) {
    ASSERT_EQ(send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  static std::string Read(int socket, size_t size) {
    std::string bytes(size, '\0');
    const ssize_t got = recv(socket, bytes.data(), size, MSG_WAITALL);
    bytes.resize(got < 0 ? 0 : got);
    return bytes;
  }
  static bool Readable(int socket, int milliseconds) {
    pollfd polled = {socket, POLLIN, 0};
    return poll(&polled, 1, milliseconds) > 0;
  }
  // Whether the connection was reset, which is waited for.
  static bool WasReset(int socket) {
    char byte;
    return recv(socket, &byte, 1, 0) < 0 && errno == ECONNRESET;
  }

  int listener_ = -1, client_ = -1, server_ = -1;
  std::unique_ptr<TcpProxy> proxy_;
};

TEST_F(TcpProxyTest, PassesBothDirectionsUnchanged) {
  std::string large(3'000'000, '\0');
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * i >> 8);
  Write(client_, "question");
  EXPECT_EQ(Read(server_, 8), "question");
  std::thread writer([&] { Write(server_, large); });
  EXPECT_EQ(Read(client_, large.size()), large);
  writer.join();
}

TEST_F(TcpProxyTest, PassesTheEndOfAStreamOn) {
  Write(client_, "last");
  shutdown(client_, SHUT_WR);
  EXPECT_EQ(Read(server_, 4), "last");
  EXPECT_EQ(Read(server_, 1), "");
  Write(server_, "answer");
  EXPECT_EQ(Read(client_, 6), "answer");
}

TEST_F(TcpProxyTest, DelaysAndKeepsTheOrder) {
  proxy_->Set({.delay = absl::Milliseconds(80)});
  const absl::Time begin = absl::Now();
  Write(client_, "a");
  Write(client_, "b");
  EXPECT_EQ(Read(server_, 2), "ab");
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(80));
}

TEST_F(TcpProxyTest, LimitsTheRate) {
  proxy_->Set({.bytes_per_second = 100'000});
  const absl::Time begin = absl::Now();
  Write(client_, std::string(15'000, 'x'));
  EXPECT_EQ(Read(server_, 15'000).size(), 15'000);
  // The first packet costs nothing.
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(120));
}

TEST_F(TcpProxyTest, StallsOneDirectionAndLosesNothing) {
  proxy_->Set({.stalled_to_client = true});
  Write(server_, "later");
  Write(client_, "now");
  EXPECT_EQ(Read(server_, 3), "now");
  EXPECT_FALSE(Readable(client_, 50));
  proxy_->Set({});
  EXPECT_EQ(Read(client_, 5), "later");
}

TEST_F(TcpProxyTest, CutsBothEndsAndLosesWhatWasUnderWay) {
  proxy_->Set({.stalled_to_server = true});
  Write(client_, "lost");
  EXPECT_FALSE(Readable(server_, 50));
  proxy_->Cut();
  proxy_->Set({});
  EXPECT_TRUE(WasReset(client_));
  EXPECT_TRUE(WasReset(server_));
  EXPECT_EQ(proxy_->connections(), 0);
}

TEST_F(TcpProxyTest, HalfOpenTellsOneEndAndSwallowsTheOthers) {
  proxy_->ForgetConnections(TcpProxy::End::kServer);
  EXPECT_TRUE(WasReset(server_));
  Write(client_, "into the void");
  EXPECT_FALSE(Readable(client_, 50));  // neither an answer nor an end
  const int old = client_;
  close(server_);
  Connect();
  Write(client_, "new");
  EXPECT_EQ(Read(server_, 3), "new");
  close(old);
}

TEST_F(TcpProxyTest, RefusesNewConnectionsAndKeepsOldOnes) {
  proxy_->Set({.refusing = true});
  const int other = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = Loopback(proxy_->port());
  if (connect(other, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    EXPECT_TRUE(WasReset(other));
  }
  close(other);
  Write(client_, "still");
  EXPECT_EQ(Read(server_, 5), "still");
}

}  // namespace
}  // namespace evoke
