// Appends that share one commit.
#include "server/ledger/sqlite_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/ledger/sqlite_open.h"
#include "server/ledger/sqlite_reader.h"
#include "tests/ledger/fault_vfs.h"
#include "tests/ledger/recorded_run.h"

namespace evoke {
namespace {

using ::testing::ElementsAre;

class SqliteWriterTest : public testing::Test {
 protected:
  SqliteWriterTest() : path_(FreshPath()) {
    writer_ = SqliteWriter::Make(path_, OpenForWriting(path_).value()).value();
    reader_ = SqliteReader::Open(path_).value();
  }

  struct Member {
    std::string experiment;
    EventBatch events;
  };
  std::vector<absl::StatusCode> Commit(const std::vector<Member>& members) {
    std::vector<PreparedAppend> appends;
    for (const Member& member : members) {
      appends.push_back(PreparedAppend::Make(member.experiment, member.events).value());
    }
    std::vector<PreparedAppend*> group;
    for (PreparedAppend& append : appends) group.push_back(&append);
    writer_->Commit(group);
    std::vector<absl::StatusCode> codes;
    for (const PreparedAppend& append : appends) codes.push_back(append.status.code());
    return codes;
  }
  size_t Events(const std::string& experiment) {
    const auto events = reader_->ReadEvents(experiment, 0, 1000);
    return events.ok() ? events->size() : 0;
  }

  int syncs_ = 0;
  FaultVfs disk_;
  const std::string path_;
  std::unique_ptr<SqliteWriter> writer_;
  std::unique_ptr<SqliteReader> reader_;
};

TEST_F(SqliteWriterTest, GroupTakesTheSyncsOfOneAppend) {
  std::vector<Member> members;
  for (const std::string name :
       {"experiments/a", "experiments/b", "experiments/c", "experiments/d"}) {
    EventMaker make(name);
    members.push_back({name, {make.State(v1::Experiment::STATE_ACTIVE), make.Planned(1)}});
  }
  Commit({members[0]});  // also syncs the log's header
  disk_.OnSync([&] { ++syncs_; });
  Commit({members[1]});
  const int syncs_of_one = syncs_;
  EXPECT_GE(syncs_of_one, 1);
  EXPECT_THAT(Commit({members[2], members[3]}),
              ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kOk));
  EXPECT_EQ(syncs_ - syncs_of_one, syncs_of_one);
  EXPECT_EQ(Events("experiments/c"), 2u);
  EXPECT_EQ(Events("experiments/d"), 2u);
}

TEST_F(SqliteWriterTest, MemberOutOfSequenceFailsAlone) {
  EventMaker a("experiments/a");
  EventMaker b("experiments/b");
  EventMaker c("experiments/c");
  b.State(v1::Experiment::STATE_ACTIVE);  // never appended
  EXPECT_THAT(Commit({{"experiments/a", {a.State(v1::Experiment::STATE_ACTIVE)}},
                      {"experiments/b", {b.Comment("no experiment")}},
                      {"experiments/c", {c.State(v1::Experiment::STATE_ACTIVE)}}}),
              ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kFailedPrecondition,
                          absl::StatusCode::kOk));
  EXPECT_EQ(Events("experiments/a"), 1u);
  EXPECT_EQ(Events("experiments/b"), 0u);
  EXPECT_EQ(Events("experiments/c"), 1u);
}

TEST_F(SqliteWriterTest, MembersOfOneExperimentFollowEachOther) {
  EventMaker make("experiments/a");
  const v1::ExperimentEvent first = make.State(v1::Experiment::STATE_ACTIVE);
  const v1::ExperimentEvent second = make.Comment("2");
  EXPECT_THAT(Commit({{"experiments/a", {first}},
                      {"experiments/a", {first}},
                      {"experiments/a", {second}},
                      {"experiments/a", {second}}}),
              ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kAlreadyExists,
                          absl::StatusCode::kOk, absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Events("experiments/a"), 2u);
}

TEST_F(SqliteWriterTest, MemberTooLargeForTheDiskFailsAlone) {
  EventMaker a("experiments/a");
  EventMaker b("experiments/b");
  disk_.SetSpace(500'000);
  EXPECT_THAT(
      Commit({{"experiments/a",
               {a.State(v1::Experiment::STATE_ACTIVE), a.Comment(std::string(900'000, 'x'))}},
              {"experiments/b", {b.State(v1::Experiment::STATE_ACTIVE)}}}),
      ElementsAre(absl::StatusCode::kUnavailable, absl::StatusCode::kOk));
  EXPECT_EQ(Events("experiments/a"), 0u);
  EXPECT_EQ(Events("experiments/b"), 1u);
}

TEST_F(SqliteWriterTest, DeadDiskFailsEveryMember) {
  EventMaker a("experiments/a");
  EventMaker b("experiments/b");
  const std::vector<Member> members = {{"experiments/a", {a.State(v1::Experiment::STATE_ACTIVE)}},
                                       {"experiments/b", {b.State(v1::Experiment::STATE_ACTIVE)}}};
  disk_.FailAfter(0, SQLITE_IOERR_WRITE);
  EXPECT_THAT(Commit(members),
              ElementsAre(absl::StatusCode::kUnavailable, absl::StatusCode::kUnavailable));
  EXPECT_EQ(Events("experiments/a"), 0u);
  disk_.Heal();
  EXPECT_THAT(Commit(members), ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kOk));
}

}  // namespace
}  // namespace evoke
