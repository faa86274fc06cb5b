#include "server/generator/generator_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/generator/generator.h"

namespace evoke {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kSum[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF";

std::string Write(const std::string& text) {
  const std::string path =
      absl::StrCat(testing::TempDir(), "/",
                   testing::UnitTest::GetInstance()->current_test_info()->name(), ".textproto");
  std::ofstream(path) << text;
  return path;
}

std::string TorchScript() {
  return absl::StrCat(R"(torch_script {
  sha256: ")",
                      kSum, R"("
  latent { dimensions { continuous { lower: -2 upper: 2 prior: PRIOR_STANDARD_NORMAL } repeat: 3 } }
  image_width: 8
  image_height: 6
  layout: CHANNELS_FIRST
  colors: RGB
  black: -1
  white: 1
})");
}

std::string Error(const std::string& text) {
  const absl::Status status = ReadGeneratorManifest(Write(text)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
  EXPECT_THAT(std::string(status.message()), HasSubstr(".textproto"));
  return std::string(status.message());
}

std::string ErrorWith(const std::string& from, const std::string& to) {
  const std::string text = absl::StrReplaceAll(TorchScript(), {{from, to}});
  EXPECT_NE(text, TorchScript());
  return Error(text);
}

TEST(GeneratorManifestTest, ReadsWhatIsWritten) {
  const auto manifest = ReadGeneratorManifest(Write(TorchScript()));
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->torch_script().image_height(), 6);
  EXPECT_EQ(manifest->torch_script().sha256(), kSum);
}

TEST(GeneratorManifestTest, EveryFieldIsChecked) {
  EXPECT_THAT(ErrorWith(kSum, "12ab"), AllOf(HasSubstr("sha256"), HasSubstr("sha256sum")));
  EXPECT_THAT(ErrorWith("repeat: 3", "repeat: 300000000"), HasSubstr("latent"));
  EXPECT_THAT(ErrorWith("lower: -2", "lower: 3"), HasSubstr("bounds"));
  EXPECT_THAT(ErrorWith("prior: PRIOR_STANDARD_NORMAL", ""), HasSubstr("prior"));
  EXPECT_THAT(ErrorWith("continuous { lower: -2 upper: 2 prior: PRIOR_STANDARD_NORMAL }", ""),
              HasSubstr("neither"));
  EXPECT_THAT(ErrorWith("latent {", "latent { dimensions { categorical { levels: 2 } }"),
              HasSubstr("mixes"));
  EXPECT_THAT(ErrorWith("latent {", "latent { map_rows: 2 map_cols: 2"), HasSubstr("map"));
  EXPECT_THAT(ErrorWith("image_width: 8", ""), HasSubstr("image_width: is 0, must be 1 to 4096"));
  EXPECT_THAT(ErrorWith("image_height: 6", "image_height: -6"), HasSubstr("image_height: is -6"));
  EXPECT_THAT(ErrorWith("layout: CHANNELS_FIRST", ""), HasSubstr("CHANNELS_LAST"));
  EXPECT_THAT(ErrorWith("colors: RGB", ""), HasSubstr("GRAY"));
  EXPECT_THAT(ErrorWith("white: 1", "white: -1"), HasSubstr("display values"));
  EXPECT_THAT(ErrorWith("white: 1", "white: nan"), HasSubstr("display values"));
}

TEST(GeneratorManifestTest, TextThatIsNoManifestIsNamedWithItsLine) {
  EXPECT_THAT(Error("torch_script {\n  width: 8\n}"), HasSubstr(":2:"));
  EXPECT_THAT(Error(""), HasSubstr("names no generator"));
  EXPECT_EQ(ReadGeneratorManifest("nowhere.textproto").status().code(),
            absl::StatusCode::kNotFound);
}

TEST(GeneratorManifestTest, GaborIsLoadedByItsManifestsName) {
  Write("gabor { image_size: 48 }");
  const auto generator = LoadGenerator(testing::TempDir(), "GaborIsLoadedByItsManifestsName");
  ASSERT_TRUE(generator.ok()) << generator.status();
  EXPECT_EQ((*generator)->image_width(), 48);
  EXPECT_EQ((*generator)->latent_space().size(), 9);
  EXPECT_EQ((*generator)->weights_sha256().size(), 64u);
  EXPECT_THAT(Error("gabor { image_size: 7 }"), HasSubstr("8 to 1024"));
}

TEST(GeneratorManifestTest, AMissingModelListsManifestsToo) {
  Write("gabor { image_size: 48 }");
  const absl::Status status = LoadGenerator(testing::TempDir(), "nothing").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("AMissingModelListsManifestsToo"));
  EXPECT_EQ(LoadGenerator(testing::TempDir(), "../x").status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace evoke
