#include "common/loopback.h"

#include "gtest/gtest.h"

namespace evoke {
namespace {

TEST(LoopbackTest, KnowsWhatStaysOnThisHost) {
  for (const char* address : {"127.0.0.1:50151", "127.0.0.1", "127.8.9.10:1", "localhost:50151",
                              "localhost", "[::1]:50151", "::1", "unix:/run/evoke.sock"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
}

TEST(LoopbackTest, TakesEverythingElseForTheNetwork) {
  for (const char* address :
       {"0.0.0.0:50151", "[::]:50151", "192.168.0.7:50151", "lab-server:50151", "", ":50151", "[",
        "127.0.0.1.example.org:1", "localhost.example.org:1", "dns:///127.0.0.1:1", "[::1",
        "::ffff:10.0.0.1", "128.0.0.1:1"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

}  // namespace
}  // namespace evoke
