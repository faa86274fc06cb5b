#include "clients/optimize/search_session.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/optimizer/factory.h"
#include "tests/support/fake_generator.h"

namespace evoke {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

const char kStart[] =
    R"({"command": "start", "method": {"random_search": {"batch_size": 3}}, "seed": 5, "space":
       {"dimensions": [{"continuous": {"lower": 0, "upper": 2}, "repeat": 2}]}})";

class SearchSessionTest : public testing::Test {
 protected:
  json Send(const std::string& line) {
    const std::string answer = session_.Answer(line);
    EXPECT_EQ(answer.find('\n'), std::string::npos);
    return json::parse(answer);
  }
  std::string Error(const std::string& line) { return Send(line).value("error", ""); }

  SearchSession session_{
      [](const std::string& model) { return FakeGenerator::Load("models", model); }, ""};
};

TEST_F(SearchSessionTest, ProposesWhatTheOptimizerProposes) {
  const json started = Send(kStart);
  ASSERT_TRUE(started.contains("space")) << started;
  EXPECT_EQ(started["space"]["dimensions"][0]["repeat"], 2);
  const auto d = LatentDimension::Continuous(0, 2, LatentDimension::Prior::kUniform);
  const auto optimizer =
      CreateOptimizer(RandomSearchOptions{.batch_size = 3}, LatentSpace{.dimensions = {d, d}}, 5);
  ASSERT_TRUE(optimizer.ok()) << optimizer.status();
  for (int batch = 0; batch < 3; ++batch) {
    const auto points = (*optimizer)->Ask();
    ASSERT_TRUE(points.ok());
    // Bit for bit: a number is written with all the digits that it needs.
    EXPECT_EQ(Send(R"({"command": "ask"})")["points"].get<std::vector<LatentPoint>>(), *points);
    EXPECT_EQ(Send(R"({"command": "tell", "scores": [1, 2, 3]})"), json({{"told", 3}}));
    const std::vector<Observation> told = {{1, 0, 1}, {2, 0, 1}, {3, 0, 1}};
    ASSERT_TRUE((*optimizer)->Tell(told).ok());
  }
}

TEST_F(SearchSessionTest, TheBestIsAnEstimateWithItsError) {
  Send(kStart);
  const json points = Send(R"({"command": "ask"})")["points"];
  Send(R"({"command": "tell", "scores": [1, 9, 4], "variances": [1, 1, 1], "trials": [2, 2, 2]})");
  const json best = Send(R"({"command": "best"})");
  EXPECT_EQ(best["point"], points[1]);
  EXPECT_LT(best["score"].get<double>(), 9);  // shrunk
  EXPECT_GT(best["standard_error"].get<double>(), 0);
}

TEST_F(SearchSessionTest, LostAnswersAreNullOrNanOrWithoutTrials) {
  Send(kStart);
  const json points = Send(R"({"command": "ask"})")["points"];
  EXPECT_EQ(Send(R"({"command": "tell", "scores": [null, 2, NaN]})"), json({{"told", 3}}));
  EXPECT_EQ(Send(R"({"command": "best"})")["point"], points[1]);
  Send(R"({"command": "ask"})");
  EXPECT_EQ(Send(R"({"command": "tell", "scores": [99, 99, 99], "trials": [0, 0, 0]})"),
            json({{"told", 3}}));
  EXPECT_EQ(Send(R"({"command": "best"})")["point"], points[1]);
}

TEST_F(SearchSessionTest, AdoptedPointsAreTold) {
  Send(kStart);
  EXPECT_EQ(Send(R"({"command": "adopt", "points": [[0.5, 1], [1, 2]]})"), json({{"adopted", 2}}));
  EXPECT_EQ(Send(R"({"command": "tell", "scores": [1, 5]})"), json({{"told", 2}}));
  EXPECT_EQ(Send(R"({"command": "best"})")["point"], json({1.0, 2.0}));
}

TEST_F(SearchSessionTest, AStartBeginsAnew) {
  Send(kStart);
  const json first = Send(R"({"command": "ask"})");
  Send(R"({"command": "tell", "scores": [1, 2, 3]})");
  Send(kStart);
  EXPECT_EQ(Send(R"({"command": "ask"})"), first);
}

TEST_F(SearchSessionTest, AnErrorLeavesTheSearchAsItWas) {
  Send(kStart);
  const json points = Send(R"({"command": "ask"})");
  for (const char* wrong :
       {R"({"command": "tell", "scores": [1]})", R"({"command": "tell", "scores": [1, 2, "3"]})",
        R"({"command": "tell", "scores": [1, 2, 3], "variances": [-1, 0, 0]})",
        R"({"command": "tell", "scores": [1, 2, 3], "variances": [0]})",
        R"({"command": "tell", "scores": [1, 2, 3], "trials": [1, 0.5, 1]})",
        R"({"command": "tell", "scores": [1, 2, 1e999]})", R"({"command": "tell"})",
        R"({"command": "adopt", "points": [[9, 9]]})", R"({"command": "adopt", "points": []})",
        R"({"command": "start"})", R"({"command": "start", "generator": "nobody's"})",
        R"({"command": "ask", "n": 3})", R"({"command": "decode", "points": []})", "nonsense"}) {
    const json answer = Send(wrong);
    EXPECT_TRUE(answer.contains("error")) << wrong << " -> " << answer;
    EXPECT_TRUE(answer.contains("code")) << answer;
    EXPECT_EQ(Send(R"({"command": "ask"})"), points) << wrong;
  }
}

TEST_F(SearchSessionTest, ErrorsNameTheField) {
  Send(kStart);
  Send(R"({"command": "ask"})");
  EXPECT_THAT(Error(R"({"command": "tell", "scores": [1, 2]})"), StartsWith("scores: "));
  EXPECT_THAT(Error(R"({"command": "tell", "scores": [1, 2, 3], "variances": [1]})"),
              StartsWith("variances: "));
  EXPECT_THAT(Error(R"({"command": "adopt", "points": [[0, 7]]})"), StartsWith("points: "));
  EXPECT_THAT(Error(R"({"command": "start", "generator": "none"})"), StartsWith("generator: "));
  EXPECT_THAT(Error(R"({"command": "stop"})"), HasSubstr("no stop; there are start, ask"));
}

TEST_F(SearchSessionTest, CommandsNeedAStart) {
  const json answer = Send(R"({"command": "ask"})");
  EXPECT_EQ(answer["code"], "FAILED_PRECONDITION");
  EXPECT_THAT(answer["error"].get<std::string>(), HasSubstr("send start first"));
}

TEST_F(SearchSessionTest, AnExhaustedSpaceIsToldByItsCode) {
  Send(R"({"command": "start", "method": "random_search",
           "space": {"dimensions": [{"categorical": {"levels": 2}}]}})");
  EXPECT_EQ(Send(R"({"command": "ask"})")["points"].size(), 2);
  Send(R"({"command": "tell", "scores": [1, 2]})");
  EXPECT_EQ(Send(R"({"command": "ask"})")["code"], "RESOURCE_EXHAUSTED");
}

TEST_F(SearchSessionTest, AMethodThatNeedsAGeneratorIsRefusedWithoutOne) {
  EXPECT_THAT(Error(R"({"command": "start", "method": "auto",
                        "space": {"dimensions": [{"categorical": {"levels": 2}}]}})"),
              StartsWith("method: "));
}

TEST_F(SearchSessionTest, AGeneratorsImagesAreDecoded) {
  const FakeGenerator generator;
  const json started =
      Send(R"({"command": "start", "generator": "fake", "method": "random_search"})");
  ASSERT_FALSE(started.contains("error")) << started;
  const json points = Send(R"({"command": "ask"})")["points"];
  const json decoded = Send(json{{"command", "decode"}, {"points", points}}.dump());
  const auto images = generator.Decode(points.get<std::vector<LatentPoint>>());
  ASSERT_TRUE(images.ok());
  EXPECT_EQ(decoded["width"], generator.image_width());
  ASSERT_EQ(decoded["rgb"].size(), images->size());
  for (size_t i = 0; i < images->size(); ++i) {
    std::string bytes;
    ASSERT_TRUE(absl::Base64Unescape(decoded["rgb"][i].get<std::string>(), &bytes));
    EXPECT_EQ(std::vector<uint8_t>(bytes.begin(), bytes.end()), (*images)[i].rgb);
  }
}

TEST_F(SearchSessionTest, TextsThatAreNoUtf8AreAnsweredToo) {
  EXPECT_THAT(Error("{\"command\": \"\xff\"}"), HasSubstr("JSON"));
}

}  // namespace
}  // namespace evoke
