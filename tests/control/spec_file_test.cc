#include "clients/control/spec_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "google/protobuf/util/message_differencer.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string ErrorOf(const std::string& text) {
  const auto spec = ParseSpec(text, "demo.textproto");
  EXPECT_TRUE(absl::IsInvalidArgument(spec.status())) << spec.status();
  return std::string(spec.status().message());
}

TEST(SpecFileTest, ReadsTextAndJsonAlike) {
  const auto text = ParseSpec(
      "# a comment\noptimizer { seed: 7 max_candidate_trials: 24 tt_cross { rank: 3 } }\n"
      "presentation { on_duration { nanos: 50000000 } }\n",
      "a");
  const auto json = ParseSpec(
      "\n {\"optimizer\": {\"seed\": \"7\", \"max_candidate_trials\": 24, \"tt_cross\": {\"rank\": "
      "3}}, \"presentation\": {\"on_duration\": \"0.05s\"}}",
      "b");
  ASSERT_TRUE(text.ok()) << text.status();
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ(text->optimizer().tt_cross().rank(), 3);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*text, *json));
}

TEST(SpecFileTest, SyntaxErrorHasLineAndColumn) {
  EXPECT_THAT(ErrorOf("subject: \"m1\"\noptimizer {\n  seed: x7\n}\n"),
              StartsWith("demo.textproto:3:9: "));
}

TEST(SpecFileTest, UnknownFieldIsNamedWithItsPlace) {
  EXPECT_THAT(ErrorOf("optimizer {\n  budget: 7\n}\n"),
              AllOf(StartsWith("demo.textproto:2:"), HasSubstr("\"budget\"")));
}

TEST(SpecFileTest, WrongEnumValueIsNamed) {
  EXPECT_THAT(ErrorOf("objective { measure: SPIKES }"), HasSubstr("SPIKES"));
}

TEST(SpecFileTest, JsonSyntaxErrorHasLineAndColumn) {
  EXPECT_THAT(ErrorOf("{\"subject\": \"m1\",\n  \"notes\": nil}\n"),
              StartsWith("demo.textproto:2:"));
  EXPECT_THAT(ErrorOf("{"), StartsWith("demo.textproto:1:2: "));
}

TEST(SpecFileTest, UnknownJsonFieldIsNamed) {
  EXPECT_THAT(ErrorOf("{\"optimizer\": {\"budget\": 7}}"), HasSubstr("budget"));
}

TEST(SpecFileTest, JsonNumberBeyondDoubleIsAnErrorNotACrash) {
  EXPECT_THAT(ErrorOf("{\"presentation\": {\"size_px\": 1e999}}"), StartsWith("demo.textproto"));
}

TEST(SpecFileTest, RefusesWhatOnlyTheServerSets) {
  EXPECT_THAT(ErrorOf("state: STATE_ACTIVE progress { generation: 3 }"),
              AllOf(HasSubstr("state, progress"), HasSubstr("remove")));
  EXPECT_THAT(ErrorOf("{\"latent_space\": {}}"), HasSubstr("latent_space"));
}

TEST(SpecFileTest, MissingFileIsNamed) {
  std::istringstream none;
  const auto spec = ReadSpec("no/such/file.textproto", none);
  EXPECT_TRUE(absl::IsNotFound(spec.status()));
  EXPECT_THAT(std::string(spec.status().message()),
              AllOf(HasSubstr("no/such/file.textproto"), HasSubstr("No such file")));
}

TEST(SpecFileTest, DashReadsStandardInput) {
  std::istringstream input("subject: \"m1\"");
  EXPECT_EQ(ReadSpec("-", input)->subject(), "m1");
  std::istringstream wrong("subject: 1");
  EXPECT_THAT(std::string(ReadSpec("-", wrong).status().message()),
              StartsWith("standard input:1:10"));
}

TEST(SpecFileTest, SpecificationOfARecordCanBeCreatedAgain) {
  v1::Experiment recorded = SmallSpec();
  recorded.set_notes("Grüße,\nzwei Zeilen");
  const v1::Experiment written = recorded;
  recorded.set_name("experiments/demo");
  recorded.set_state(v1::Experiment::STATE_FAILED);
  recorded.set_state_reason("why");
  recorded.mutable_create_time()->set_seconds(5);
  recorded.mutable_latent_space()->set_map_rows(3);
  recorded.mutable_progress()->set_generation(9);
  recorded.add_start_points()->set_reference("cat.png");
  const std::string text = SpecText(recorded);
  EXPECT_THAT(text, HasSubstr("Grüße"));
  const auto parsed = ParseSpec(text, "again");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*parsed, written));
}

}  // namespace
}  // namespace evoke
