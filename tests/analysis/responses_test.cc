#include "sim_backend/analysis/responses.h"

#include <cstring>
#include <numeric>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_network.h"

namespace evoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<Image> Ramp(int count) {
  std::vector<Image> images;
  for (int i = 0; i < count; ++i) images.push_back(UniformImage(4, 6, static_cast<uint8_t>(i)));
  return images;
}

TEST(ResponsesTest, CountsAreTheSumsOfTheNetworksSteps) {
  const FakeNetwork network;
  const auto units = ParseUnitList(network.layers(), "a/0,a/1@1,0,class/1");
  // More than one batch.
  const std::vector<Image> images = Ramp(150);
  const auto responses = RespondAll(network, images, *units);
  ASSERT_TRUE(responses.ok()) << responses.status();
  EXPECT_THAT(responses->columns, ElementsAre("a/0", "a/1@1,0", "class/1"));
  ASSERT_EQ(responses->rows(), 150);
  for (size_t i = 0; i < images.size(); ++i) {
    EXPECT_EQ(responses->at(i, 2), std::floor(16 * (i / 255.0)));
    EXPECT_EQ(responses->at(i, 0), 4 * responses->at(i, 2)) << "four positions";
  }
  EXPECT_EQ(responses->Column(2)[149], responses->at(149, 2));
}

TEST(ResponsesTest, ALayersColumnsAreItsUnits) {
  const FakeNetwork network;
  const std::vector<Image> images = {UniformImage(4, 6, 200), UniformImage(4, 6, 90)};
  const auto layer = RespondLayer(network, images, 0);
  ASSERT_TRUE(layer.ok()) << layer.status();
  ASSERT_EQ(layer->columns.size(), 12);
  EXPECT_EQ(layer->columns[5], "a/1@0,1");
  const auto units = ParseUnitList(network.layers(), "a/1@0,1,a/2@1,1");
  const auto some = RespondAll(network, images, *units);
  for (size_t i = 0; i < images.size(); ++i) {
    EXPECT_EQ(layer->at(i, 5), some->at(i, 0));
    EXPECT_EQ(layer->at(i, 11), some->at(i, 1));
  }
  EXPECT_EQ(RespondLayer(network, images, 1)->columns[1], "class/1");
  EXPECT_FALSE(RespondLayer(network, images, 2).ok());
}

TEST(ResponsesTest, TheCourseSumsToTheCount) {
  const FakeNetwork network;
  const auto units = ParseUnitList(network.layers(), "a/0,class");
  const std::vector<Image> images = Ramp(100);
  const auto course = RespondInSteps(network, images, *units);
  ASSERT_TRUE(course.ok()) << course.status();
  ASSERT_EQ(course->size(), 100 * 3 * 16);
  const auto counts = RespondAll(network, images, *units);
  for (size_t i = 0; i < counts->counts.size(); ++i) {
    const auto begin = course->begin() + static_cast<ptrdiff_t>(i) * 16;
    EXPECT_EQ(std::accumulate(begin, begin + 16, 0.0f), counts->counts[i]);
  }
}

TEST(ResponsesTest, AWrongImageIsTheNetworksError) {
  const FakeNetwork network;
  const auto units = ParseUnitList(network.layers(), "a/0");
  EXPECT_THAT(RespondAll(network, {UniformImage(9, 9, 0)}, *units).status().message(),
              testing::AllOf(HasSubstr("9 x 9"), HasSubstr("4 x 6")));
}

TEST(ResponsesTest, ProgressCountsAndCanEndIt) {
  const FakeNetwork network;
  const auto units = ParseUnitList(network.layers(), "a/0");
  std::vector<size_t> told;
  EXPECT_TRUE(RespondAll(network, Ramp(100), *units, [&](size_t n) {
                told.push_back(n);
                return true;
              }).ok());
  EXPECT_THAT(told, ElementsAre(64, 100));
  EXPECT_TRUE(absl::IsCancelled(
      RespondAll(network, Ramp(100), *units, [](size_t) { return false; }).status()));
  EXPECT_EQ(network.images_seen, 164);
}

TEST(ResponsesTest, TheTableNamesImagesClassesAndUnits) {
  const Responses responses = {{"a/0", "a/1@0,1"}, {3, 0, 12, 0.5f}};
  const std::vector<std::string> names = {"x.png", "y,z.png"}, classes = {"cat", ""};
  EXPECT_EQ(ResponseTable(responses, names, classes),
            "image,class,a/0,\"a/1@0,1\"\r\n"
            "x.png,cat,3,0\r\n"
            "\"y,z.png\",,12,0.5\r\n");
  EXPECT_EQ(ResponseTable({}, names, classes), "image,class\r\nx.png,cat\r\n\"y,z.png\",\r\n");
}

TEST(NpyTest, HasTheHeaderThatNumpyReads) {
  const std::vector<float> values = {1, -2.5f, 3, 4, 5, 6};
  for (const std::vector<size_t>& shape :
       {std::vector<size_t>{6}, std::vector<size_t>{2, 3}, std::vector<size_t>{1, 2, 3, 1}}) {
    const std::string bytes = NpyBytes(shape, values);
    ASSERT_THAT(bytes, StartsWith(std::string("\x93NUMPY\x01\x00", 8)));
    const size_t header = static_cast<uint8_t>(bytes[8]) + 256 * static_cast<uint8_t>(bytes[9]);
    EXPECT_EQ((10 + header) % 64, 0);
    EXPECT_EQ(bytes[10 + header - 1], '\n');
    const std::string text = bytes.substr(10, header);
    EXPECT_THAT(text, StartsWith("{'descr': '<f4', 'fortran_order': False, 'shape': ("));
    ASSERT_EQ(bytes.size(), 10 + header + 24);
    float back[6];
    std::memcpy(back, bytes.data() + 10 + header, 24);
    EXPECT_EQ(std::vector<float>(back, back + 6), values);
  }
  EXPECT_THAT(NpyBytes({6}, values), HasSubstr("(6,), }"));
  EXPECT_THAT(NpyBytes({2, 3}, values), HasSubstr("(2, 3), }"));
}

}  // namespace
}  // namespace evoke
