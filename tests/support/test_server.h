// A whole server in the test's process, on a free port, with the fake generator.
#ifndef EVOKE_TESTS_SUPPORT_TEST_SERVER_H_
#define EVOKE_TESTS_SUPPORT_TEST_SERVER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "gtest/gtest.h"
#include "server/ledger/ledger.h"
#include "server/service/server.h"
#include "tests/support/fake_generator.h"

namespace evoke {

class TestServer {
 public:
  explicit TestServer(std::unique_ptr<Ledger> ledger = NewMemoryLedger(),
                      SecurityOptions security = {})
      : security_(std::move(security)) {
    Start(std::move(ledger), "127.0.0.1:0");
  }

  // Ends the server, as a crash would for its clients, and starts it on the same port.
  void Restart(std::unique_ptr<Ledger> ledger) {
    const std::string same = address();
    server_.reset();
    Start(std::move(ledger), same);
  }
  void Stop() { server_.reset(); }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

 private:
  void Start(std::unique_ptr<Ledger> ledger, const std::string& address) {
    ServerOptions options;
    options.address = address;
    options.security = security_;
    auto server = Server::Start(options, std::move(ledger), clock_.get(), FakeGenerator::Load);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    port_ = server_->port();
  }

  const SecurityOptions security_;
  const std::unique_ptr<Clock> clock_ = NewSystemClock();
  std::unique_ptr<Server> server_;
  int port_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_TEST_SERVER_H_
