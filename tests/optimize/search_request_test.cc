#include "clients/optimize/search_request.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

const char kSpace[] = R"({"dimensions": [{"continuous": {"lower": -4, "upper": 4}, "repeat": 3}]})";

absl::StatusOr<SearchRequest> Read(const std::string& fields, const std::string& generator = "") {
  return ReadSearchRequest(json::parse("{\"command\": \"start\"" + fields + "}"), generator);
}
std::string WithSpace(const std::string& fields) {
  return std::string(", \"space\": ") + kSpace + fields;
}

TEST(SearchRequestTest, ASpaceIsWrittenAsInTheRecordOfAnExperiment) {
  const auto request = Read(
      R"(, "space": {"dimensions": [{"continuous": {"lower": -4, "upper": 4,
          "prior": "PRIOR_STANDARD_NORMAL"}, "repeat": 2}, {"categorical": {"levels": 5}}]})");
  ASSERT_TRUE(request.ok()) << request.status();
  const auto normal = LatentDimension::Continuous(-4, 4, LatentDimension::Prior::kStandardNormal);
  EXPECT_EQ(*request->space,
            (LatentSpace{.dimensions = {normal, normal, LatentDimension::Categorical(5)}}));
}

TEST(SearchRequestTest, AMapsShapeIsRead) {
  const auto request = Read(
      R"(, "space": {"dimensions": [{"categorical": {"levels": 5}, "repeat": 6}],
          "map_rows": 2, "mapCols": 3})");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->space->map_rows, 2);
  EXPECT_EQ(request->space->map_cols, 3);
}

TEST(SearchRequestTest, SettingsOfAMethodMayBeInEitherCase) {
  for (const char* name : {"populationSize", "population_size"}) {
    const auto request = Read(
        WithSpace(std::string(R"(, "method": {"seed": 7, "genetic": {")") + name + "\": 30}}"));
    ASSERT_TRUE(request.ok()) << request.status();
    EXPECT_EQ(request->optimizer.genetic().population_size(), 30);
    EXPECT_EQ(request->optimizer.seed(), 7);
  }
}

TEST(SearchRequestTest, AutoIsTheMethodThatIsTakenWithoutOne) {
  for (const char* method : {"", R"(, "method": "auto")"}) {
    const auto request = Read(WithSpace(method));
    ASSERT_TRUE(request.ok()) << request.status();
    EXPECT_TRUE(request->optimizer.has_model_search());
  }
}

TEST(SearchRequestTest, TheProgramsGeneratorIsTakenWhereNothingIsNamed) {
  EXPECT_EQ(Read("", "gabor")->generator, "gabor");
  EXPECT_EQ(Read(R"(, "generator": "other")", "gabor")->generator, "other");
  EXPECT_EQ(Read(WithSpace(""), "gabor")->generator, "");
}

TEST(SearchRequestTest, TheLargestSeedIsKept) {
  const auto request = Read(WithSpace(R"(, "seed": 18446744073709551615)"));
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->optimizer.seed(), ~uint64_t{0});
}

struct BadRequest {
  const char* fields;
  const char* begin;  // of the message
};
void PrintTo(const BadRequest& bad, std::ostream* out) { *out << bad.fields; }
class BadRequestTest : public testing::TestWithParam<BadRequest> {};

TEST_P(BadRequestTest, IsRefusedAndTheFieldNamed) {
  const absl::Status status = Read(GetParam().fields).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), StartsWith(GetParam().begin));
}

#define SPACE R"(, "space": {"dimensions": [{"categorical": {"levels": 2}}]})"
INSTANTIATE_TEST_SUITE_P(
    All, BadRequestTest,
    testing::Values(
        BadRequest{"", "space: missing"}, BadRequest{R"(, "space": 3)", "space: needs an object"},
        BadRequest{R"(, "space": {"size": 3})", "space: "},
        BadRequest{R"(, "space": {})", "space: "},
        BadRequest{R"(, "space": {"dimensions": [{"repeat": 3}]})", "space.dimensions[0]: needs a"},
        BadRequest{R"(, "space": {"dimensions": [{"categorical": {"levels": 0}}]})", "space: "},
        BadRequest{R"(, "space": {"dimensions": [{"categorical": {"levels": 2}, "repeat": -1}]})",
                   "space.dimensions[0].repeat: -1"},
        BadRequest{
            R"(, "space": {"dimensions": [{"categorical": {"levels": 2}, "repeat": 2000000000}]})",
            "space: has 2000000000 dimensions"},
        BadRequest{SPACE R"(, "generator": "gabor")", "space: that of the generator"},
        BadRequest{R"(, "generator": 3)", "generator: needs a text"},
        BadRequest{SPACE R"(, "method": "simplex")",
                   "method: no simplex; there are auto, tt_cross"},
        BadRequest{SPACE R"(, "method": {"genetic": {"size": 3}})", "method: "},
        BadRequest{SPACE R"(, "method": {"max_candidate_trials": 3})",
                   "method.max_candidate_trials: is for experiments"},
        BadRequest{SPACE R"(, "seed": -1)", "seed: "},
        BadRequest{SPACE R"(, "seed": 1.5)", "seed: "},
        BadRequest{SPACE R"(, "seed": 1, "method": {"seed": 2})", "seed: stands in the method"},
        BadRequest{SPACE R"(, "sede": 1)", "sede: no such field"}));
#undef SPACE

}  // namespace
}  // namespace evoke
