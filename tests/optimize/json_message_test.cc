#include "clients/optimize/json_message.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(JsonMessageTest, NanOutsideOfTextsIsReadAsNull) {
  const auto message = ParseMessage(R"({"NaN": "a \" NaN", "b": [NaN, 1,NaN]})");
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->dump(), R"({"NaN":"a \" NaN","b":[null,1,null]})");
}

TEST(JsonMessageTest, ABareWordThatOnlyContainsNanIsNotReadAsNull) {
  EXPECT_FALSE(ParseMessage(R"({"a": NaNs})").ok());
}

TEST(JsonMessageTest, WhatIsNoJsonIsRefusedWithItsPlace) {
  const absl::Status status = ParseMessage(R"({"command": )").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("column"));
}

TEST(JsonMessageTest, AMessageHasToBeAnObject) {
  EXPECT_FALSE(ParseMessage("[1, 2]").ok());
  EXPECT_FALSE(ParseMessage("3").ok());
}

TEST(JsonMessageTest, NullTakesTheValueThatTheCallerGivesIt) {
  const auto numbers = NumbersField({{"a", {1, nullptr, 2.5}}}, "a", -7);
  ASSERT_TRUE(numbers.ok()) << numbers.status();
  EXPECT_THAT(*numbers, ElementsAre(1, -7, 2.5));
}

TEST(JsonMessageTest, WhatIsNoNumberIsNamedWithItsIndex) {
  const auto numbers = NumbersField({{"a", {1, "2"}}}, "a", 0);
  EXPECT_THAT(std::string(numbers.status().message()), HasSubstr("a[1]"));
  const auto points = PointsField({{"p", {{1, 2}, {1, "x"}}}}, "p");
  EXPECT_THAT(std::string(points.status().message()), HasSubstr("p[1]"));
}

TEST(JsonMessageTest, AnUnknownFieldIsNamedWithThoseThereAre) {
  const absl::Status status = CheckFields({{"score", 1}}, {"command", "scores"});
  EXPECT_THAT(std::string(status.message()), HasSubstr("score: no such field"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("scores"));
}

}  // namespace
}  // namespace evoke
