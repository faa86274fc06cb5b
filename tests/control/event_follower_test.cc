#include "clients/control/event_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <utility>

namespace evoke {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// One stream of the server: the events up to a sequence number, then an end.
struct Stream {
  int64_t last = 0;
  absl::Status end;
};

class EventFollowerTest : public testing::Test {
 protected:
  absl::Status Follow(std::deque<Stream> streams, int most_tries = 0) {
    FollowHooks hooks;
    hooks.read_stream = [&](const v1::WatchExperimentRequest& request,
                            const FollowHooks::OnEvent& on_event) {
      asked_after_.push_back(request.after_sequence());
      if (streams.empty()) return absl::InternalError("asked for too many streams");
      const Stream stream = streams.front();
      streams.pop_front();
      // A server that repeats an event must not make it count twice.
      for (int64_t n = std::max<int64_t>(1, request.after_sequence()); n <= stream.last; ++n) {
        v1::ExperimentEvent event;
        event.set_sequence(n);
        on_event(event);
      }
      return stream.end;
    };
    hooks.on_event = [&](const v1::ExperimentEvent& e) { seen_.push_back(e.sequence()); };
    hooks.on_broken = [&](const absl::Status&) { ++breaks_; };
    hooks.wait = [&](absl::Duration d) { waits_.push_back(d); };
    return FollowEvents({}, hooks, most_tries);
  }

  std::vector<int64_t> asked_after_;
  std::vector<int64_t> seen_;
  std::vector<absl::Duration> waits_;
  int breaks_ = 0;
};

TEST_F(EventFollowerTest, GoesOnBehindTheLastEventAfterABreak) {
  EXPECT_TRUE(Follow({{2, absl::UnavailableError("gone")}, {4, absl::OkStatus()}}).ok());
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(asked_after_, ElementsAre(0, 2));
  EXPECT_EQ(breaks_, 1);
}

TEST_F(EventFollowerTest, WaitsLongerWhileTheServerIsAwayAndSaysSoOnce) {
  const absl::Status gone = absl::UnavailableError("gone");
  EXPECT_TRUE(Follow({{1, gone}, {0, gone}, {0, gone}, {2, gone}, {2, absl::OkStatus()}}).ok());
  EXPECT_THAT(waits_, ElementsAre(absl::Milliseconds(100), absl::Milliseconds(200),
                                  absl::Milliseconds(400), absl::Milliseconds(100)));
  EXPECT_EQ(breaks_, 2);
}

TEST_F(EventFollowerTest, ServerThatWasNeverThereIsAnErrorAtOnce) {
  EXPECT_TRUE(absl::IsUnavailable(Follow({{0, absl::UnavailableError("no server")}})));
  EXPECT_THAT(waits_, IsEmpty());
}

TEST_F(EventFollowerTest, ErrorsThatDoNotPassAreReturned) {
  EXPECT_TRUE(absl::IsNotFound(Follow({{3, absl::NotFoundError("another ledger")}})));
  EXPECT_TRUE(absl::IsDataLoss(Follow({{3, absl::DataLossError("damaged")}})));
}

TEST_F(EventFollowerTest, GivesUpAfterTheTriesAllowed) {
  const absl::Status gone = absl::UnavailableError("gone");
  EXPECT_TRUE(absl::IsUnavailable(Follow({{1, gone}, {0, gone}, {0, gone}}, 2)));
  EXPECT_EQ(waits_.size(), 2);
}

}  // namespace
}  // namespace evoke
