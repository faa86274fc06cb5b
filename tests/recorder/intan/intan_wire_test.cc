#include "clients/recorder/intan/intan_wire.h"

#include <map>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/recorder/intan/gz_file.h"

namespace evoke {
namespace {

constexpr char kSpikes[] = "tests/data/rig/rhx_cap1_spikes.bin.gz";
constexpr char kDigital[] = "tests/data/rig/rhx_cap1_digital.bin.gz";

IntanSpike Spike(const std::string& channel, uint32_t sample, uint8_t id = 1) {
  IntanSpike spike{.sample = sample, .id = id};
  std::copy_n(channel.begin(), 5, spike.channel.begin());
  return spike;
}
std::string Bytes(const std::vector<IntanSpike>& spikes) {
  std::string bytes;
  for (const IntanSpike& spike : spikes) AppendIntanSpike(spike, &bytes);
  return bytes;
}
IntanDigitalBlock Block(uint32_t first, uint16_t word = 0) {
  IntanDigitalBlock block{.first_sample = first};
  block.words.fill(word);
  return block;
}
std::string Bytes(const IntanDigitalBlock& block) {
  std::string bytes;
  AppendIntanBlock(block, &bytes);
  return bytes;
}

// `next` gives the size of the next chunk.
template <typename Parser, typename Record, typename Next>
std::vector<Record> ParseInChunks(Parser* parser, absl::string_view bytes, Next next) {
  std::vector<Record> records;
  while (!bytes.empty()) {
    const size_t size = std::min<size_t>(bytes.size(), next());
    parser->Parse(bytes.substr(0, size), &records);
    bytes.remove_prefix(size);
  }
  return records;
}

TEST(IntanSpikeParserTest, ReadsTheCaptureInAnyChunksAndTheEncoderMakesItAgain) {
  const std::string bytes = ReadGz(kSpikes);
  IntanSpikeParser whole;
  std::vector<IntanSpike> spikes;
  whole.Parse(bytes, &spikes);
  ASSERT_EQ(spikes.size(), 1097);
  EXPECT_EQ(spikes[0], Spike("A-004", 18));
  EXPECT_EQ(spikes.back(), Spike("A-005", 446243));
  EXPECT_EQ(Bytes(spikes), bytes);
  std::map<std::string, int> counts;
  for (const IntanSpike& spike : spikes) ++counts[std::string(spike.channel.data(), 5)];
  EXPECT_EQ(counts["A-007"], 561);
  EXPECT_EQ(counts["A-010"], 11);

  IntanSpikeParser single;
  EXPECT_EQ((ParseInChunks<IntanSpikeParser, IntanSpike>(&single, bytes, [] { return 1; })),
            spikes);
  std::mt19937 random(1);
  IntanSpikeParser any;
  EXPECT_EQ(
      (ParseInChunks<IntanSpikeParser, IntanSpike>(&any, bytes, [&] { return 1 + random() % 40; })),
      spikes);
  EXPECT_EQ(whole.garbage_bytes() + single.garbage_bytes() + any.garbage_bytes(), 0);
}

TEST(IntanDigitalParserTest, ReadsTheCaptureInAnyChunksAndTheEncoderMakesItAgain) {
  const std::string bytes = ReadGz(kDigital);
  IntanDigitalParser whole;
  std::vector<IntanDigitalBlock> blocks;
  whole.Parse(bytes, &blocks);
  ASSERT_EQ(blocks.size(), 3490);
  std::string again;
  for (size_t i = 0; i < blocks.size(); ++i) {
    ASSERT_EQ(blocks[i].first_sample, i * 128);
    AppendIntanBlock(blocks[i], &again);
  }
  EXPECT_EQ(again, bytes);
  // The first rising edge of the capture.
  EXPECT_EQ(blocks[78].words[10000 - 78 * 128 - 1], 0);
  EXPECT_EQ(blocks[78].words[10000 - 78 * 128], 1);

  IntanDigitalParser single;
  EXPECT_TRUE((ParseInChunks<IntanDigitalParser, IntanDigitalBlock>(&single, bytes,
                                                                    [] { return 1; })) == blocks);
  std::mt19937 random(1);
  IntanDigitalParser any;
  EXPECT_TRUE((ParseInChunks<IntanDigitalParser, IntanDigitalBlock>(
                  &any, bytes, [&] { return 1 + random() % 2000; })) == blocks);
}

TEST(IntanSpikeParserTest, SkipsGarbageToTheNextWholeRecordAndCountsIt) {
  const std::vector<IntanSpike> spikes = {Spike("A-000", 1), Spike("B-127", 2, 0x80)};
  // Bytes that begin like a record must not swallow the one behind them.
  const std::string garbage = Bytes({Spike("A-001", 7)}).substr(0, 9) + "\x0f\x0fnoise";
  const std::string bytes = garbage + Bytes({spikes[0]}) + garbage + Bytes({spikes[1]});
  IntanSpikeParser whole, single;
  std::vector<IntanSpike> parsed;
  whole.Parse(bytes, &parsed);
  EXPECT_EQ(parsed, spikes);
  EXPECT_EQ(whole.garbage_bytes(), 2 * garbage.size());
  EXPECT_EQ((ParseInChunks<IntanSpikeParser, IntanSpike>(&single, bytes, [] { return 1; })),
            spikes);
  EXPECT_EQ(single.garbage_bytes(), whole.garbage_bytes());
}

TEST(IntanSpikeParserTest, ARecordMustHaveAChannelNameAndAKnownId) {
  for (const IntanSpike& wrong : {Spike("a-000", 1), Spike("A_000", 1), Spike("A-0x0", 1),
                                  Spike("A-000", 1, 3), Spike("A-000", 1, 0)}) {
    IntanSpikeParser parser;
    std::vector<IntanSpike> parsed;
    parser.Parse(Bytes({wrong}), &parsed);
    EXPECT_TRUE(parsed.empty());
    EXPECT_EQ(parser.garbage_bytes(), 14);
  }
}

TEST(IntanDigitalParserTest, ABlockWhoseSamplesDoNotRunOnIsGarbage) {
  std::string broken = Bytes(Block(128));
  broken[4 + 6 * 50] ^= 1;
  IntanDigitalParser parser;
  std::vector<IntanDigitalBlock> blocks;
  parser.Parse(Bytes(Block(0)) + broken + Bytes(Block(256)), &blocks);
  ASSERT_EQ(blocks.size(), 2);
  EXPECT_EQ(blocks[1].first_sample, 256);
  EXPECT_EQ(blocks[1].garbage_before, kIntanBlockBytes);
}

TEST(IntanDigitalParserTest, FramesWithAnotherChannelAreGarbageAndNotMisread) {
  // 128 frames of sample, amplifier, word, as when A-000 is enabled, too.
  std::string bytes;
  for (uint32_t block = 0; block < 4; ++block) {
    bytes += std::string("\x08\x7a\xf0\x2e", 4);
    for (uint32_t i = 0; i < 128; ++i) {
      const uint32_t sample = block * 128 + i;
      for (int k = 0; k < 4; ++k) bytes.push_back(static_cast<char>(sample >> 8 * k));
      bytes += std::string("\x12\x80\x01\x00", 4);
    }
  }
  IntanDigitalParser parser;
  std::vector<IntanDigitalBlock> blocks;
  parser.Parse(bytes, &blocks);
  EXPECT_TRUE(blocks.empty());
  EXPECT_GT(parser.garbage_since_block(), 3 * 128 * 8);
}

TEST(IntanDigitalParserTest, ABlockMayWrapAround32Bits) {
  IntanDigitalParser parser;
  std::vector<IntanDigitalBlock> blocks;
  parser.Parse(Bytes(Block(0xffffffc0)), &blocks);
  ASSERT_EQ(blocks.size(), 1);
  EXPECT_EQ(blocks[0].first_sample, 0xffffffc0);
}

TEST(UnwrapSampleTest, GoesOnPastHalfTheWayAndAllTheWayRound) {
  const int64_t half = int64_t{1} << 31;
  EXPECT_EQ(UnwrapSample(0x80000000, half - 1), half);
  EXPECT_EQ(UnwrapSample(0, 2 * half - 1), 2 * half);
  EXPECT_EQ(UnwrapSample(0xffffffff, 2 * half + 5), 2 * half - 1);
  EXPECT_EQ(UnwrapSample(7, 6 * half), 6 * half + 7);
  EXPECT_EQ(UnwrapSample(0xffffffff, 0), -1);
}

TEST(SortedIdTest, HoopsAreUnitsOneToFourAndArtifactsAreMarked) {
  for (int unit = 0; unit <= 4; ++unit) {
    EXPECT_EQ(SortedIdOf(IntanIdOf(unit)).unit, unit);
    EXPECT_FALSE(SortedIdOf(IntanIdOf(unit)).artifact);
  }
  EXPECT_EQ(IntanIdOf(0), 0x40);
  EXPECT_EQ(IntanIdOf(3), 4);
  EXPECT_TRUE(SortedIdOf(0x80).artifact);
}

}  // namespace
}  // namespace evoke
