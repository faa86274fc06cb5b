#include "stimulus_display/client/abort_listener.h"

#include <unistd.h>

#include <future>

#include "absl/strings/str_cat.h"
#include "common/udp_address.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

std::string ReasonOf(const std::string& datagram) {
  std::promise<std::string> reason;
  const auto listener =
      AbortListener::Start("0", [&](const std::string& why) { reason.set_value(why); });
  EXPECT_TRUE(listener.ok()) << listener.status();
  const UdpAddress to = *ResolveUdp("test", absl::StrCat((*listener)->port()));
  const int socket = ::socket(to.family(), SOCK_DGRAM, 0);
  EXPECT_EQ(sendto(socket, datagram.data(), datagram.size(), 0, to.get(), to.size),
            static_cast<ssize_t>(datagram.size()));
  close(socket);
  return reason.get_future().get();
}

TEST(AbortListenerTest, ADatagramAbortsWithItsTextAsTheReason) {
  EXPECT_EQ(ReasonOf("fixation broken"), "fixation broken");
  EXPECT_EQ(ReasonOf("lever released\r\n"), "lever released");
  EXPECT_EQ(ReasonOf(""), "aborted by UDP");
  EXPECT_EQ(ReasonOf("a\x1b[31mb"), "a [31mb") << "nothing steers the operator's terminal";
}

TEST(AbortListenerTest, APortInUseAndAWrongAddressAreErrorsThatSaySo) {
  const auto ignore = [](const std::string&) {};
  const auto first = AbortListener::Start("0", ignore);
  ASSERT_TRUE(first.ok());
  const absl::Status taken = AbortListener::Start(absl::StrCat((*first)->port()), ignore).status();
  EXPECT_TRUE(absl::IsUnavailable(taken));
  EXPECT_THAT(std::string(taken.message()), testing::HasSubstr("--abort-udp"));
  EXPECT_TRUE(absl::IsInvalidArgument(AbortListener::Start("here", ignore).status()));
}

}  // namespace
}  // namespace evoke
