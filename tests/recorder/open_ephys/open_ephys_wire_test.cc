#include "clients/recorder/open_ephys/open_ephys_wire.h"

#include <algorithm>
#include <utility>

#include "clients/recorder/open_ephys/juce_json.h"
#include "clients/recorder/replay/frames_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

constexpr char kEventBroadcasterJson[] = "tests/data/rig/oe_cap1_json_event_broadcaster.frames.gz";
constexpr char kEventBroadcasterBinary[] =
    "tests/data/rig/oe_cap2_binary_event_broadcaster.frames.gz";
constexpr char kZmqInterface[] = "tests/data/rig/oe_cap1_json_zmq_interface_trim.frames.gz";

std::vector<std::string_view> Views(const std::vector<std::string>& parts) {
  return {parts.begin(), parts.end()};
}

std::vector<std::string> Encode(OpenEphysPlugin plugin, OpenEphysFormat format,
                                const OpenEphysMessage& message) {
  if (plugin == OpenEphysPlugin::kZmqInterface) return EncodeZmqInterface(message);
  if (const auto* spike = std::get_if<OpenEphysSpike>(&message.content)) {
    return EncodeEventBroadcaster(*spike, format);
  }
  return EncodeEventBroadcaster(std::get<OpenEphysTtl>(message.content), format);
}

struct Seen {
  int spikes = 0;
  int ttls = 0;
  int blocks = 0;
};

// Parses a capture, and encodes every message again: the bytes must be those of the real program.
Seen ParseAndEncode(const char* path, OpenEphysPlugin plugin, OpenEphysFormat format) {
  const auto messages = ReadFramesFile(path);
  EXPECT_TRUE(messages.ok()) << messages.status();
  Seen seen;
  OpenEphysParser parser;
  for (const CapturedMessage& captured : *messages) {
    const auto views = Views(captured.parts);
    const auto message = parser.Parse(plugin, views);
    EXPECT_TRUE(message.ok()) << message.status();
    if (!message.ok()) return seen;
    seen.spikes += std::holds_alternative<OpenEphysSpike>(message->content);
    seen.ttls += std::holds_alternative<OpenEphysTtl>(message->content);
    seen.blocks += std::holds_alternative<OpenEphysData>(message->content);
    const auto encoded = Encode(plugin, format, *message);
    EXPECT_EQ(encoded, captured.parts);
    if (encoded != captured.parts) return seen;
  }
  return seen;
}

TEST(OpenEphysWireTest, EventBroadcasterJsonIsReadAndWrittenByteByByteAsCaptured) {
  const Seen seen = ParseAndEncode(kEventBroadcasterJson, OpenEphysPlugin::kEventBroadcaster,
                                   OpenEphysFormat::kJson);
  EXPECT_EQ(seen.spikes, 2802);
  EXPECT_EQ(seen.ttls, 145);
}

TEST(OpenEphysWireTest, EventBroadcasterBinaryIsReadAndWrittenByteByByteAsCaptured) {
  const Seen seen = ParseAndEncode(kEventBroadcasterBinary, OpenEphysPlugin::kEventBroadcaster,
                                   OpenEphysFormat::kBinary);
  EXPECT_EQ(seen.spikes, 1850);
  EXPECT_EQ(seen.ttls, 96);
}

TEST(OpenEphysWireTest, ZmqInterfaceIsReadAndWrittenByteByByteAsCaptured) {
  const Seen seen =
      ParseAndEncode(kZmqInterface, OpenEphysPlugin::kZmqInterface, OpenEphysFormat::kJson);
  EXPECT_EQ(seen.spikes, 2802);
  EXPECT_EQ(seen.ttls, 145);
  EXPECT_EQ(seen.blocks, 609);
}

TEST(OpenEphysWireTest, BinaryElectrodesAreNamedAsTheDetectorNamesThem) {
  // Both captures are of one chain and one recording, and overlap: most spikes are in both, under
  // the same name, at the same sample.
  OpenEphysParser parser;
  std::vector<std::pair<int64_t, std::string>> named;
  const auto json = ReadFramesFile(kEventBroadcasterJson);
  for (const CapturedMessage& captured : *json) {
    const auto message = parser.ParseEventBroadcaster(Views(captured.parts));
    if (const auto* spike = std::get_if<OpenEphysSpike>(&message->content)) {
      named.emplace_back(spike->sample, spike->electrode);
    }
  }
  std::sort(named.begin(), named.end());
  int in_both = 0;
  int overlapping = 0;
  const auto binary = ReadFramesFile(kEventBroadcasterBinary);
  for (const CapturedMessage& captured : *binary) {
    const auto message = parser.ParseEventBroadcaster(Views(captured.parts));
    const auto* spike = std::get_if<OpenEphysSpike>(&message->content);
    if (spike == nullptr || spike->sample < named.front().first) continue;
    ++overlapping;
    in_both += std::binary_search(named.begin(), named.end(),
                                  std::pair(spike->sample, std::string(spike->electrode)));
  }
  EXPECT_GT(overlapping, 600);
  EXPECT_GT(in_both, overlapping * 85 / 100);
}

OpenEphysSpike ASpike() {
  static const std::string waveform(4 * 2 * 3, '\1');
  OpenEphysSpike spike;
  spike.stream = "probe \"A\"\\\n";
  spike.stream_id = 10003;
  spike.source_node = 102;
  spike.electrode = "ST 5";
  spike.electrode_index = 4;
  spike.sample = 123456789012345;
  spike.sorted_id = 7;
  spike.sample_rate_hz = 30000;
  spike.num_channels = 2;
  spike.num_samples = 3;
  spike.amplitudes_uv = {97.5, 203.25};
  spike.thresholds_uv = {-60, -62.5};
  spike.waveform = waveform;
  return spike;
}

TEST(OpenEphysWireTest, AllFormatsTellTheSameOfASpike) {
  const OpenEphysSpike spike = ASpike();
  OpenEphysParser parsers[3];
  const std::vector<std::string> parts[3] = {
      EncodeEventBroadcaster(spike, OpenEphysFormat::kJson),
      EncodeEventBroadcaster(spike, OpenEphysFormat::kBinary), EncodeZmqInterface({spike, 4, 5})};
  for (int i = 0; i < 3; ++i) {
    const auto views = Views(parts[i]);
    const auto message =
        i < 2 ? parsers[i].ParseEventBroadcaster(views) : parsers[i].ParseZmqInterface(views);
    ASSERT_TRUE(message.ok()) << message.status();
    const auto& read = std::get<OpenEphysSpike>(message->content);
    EXPECT_EQ(read.source_node, spike.source_node);
    EXPECT_EQ(read.electrode, spike.electrode);
    EXPECT_EQ(read.sample, spike.sample);
    EXPECT_EQ(read.sorted_id, spike.sorted_id);
    EXPECT_EQ(read.num_channels, spike.num_channels);
    if (i != 1) {
      EXPECT_EQ(read.stream, spike.stream);
    }
    if (i != 0) {
      EXPECT_EQ(read.num_samples, spike.num_samples);
      EXPECT_EQ(read.waveform, spike.waveform);
      EXPECT_EQ(read.thresholds_uv, spike.thresholds_uv);
    } else {
      EXPECT_EQ(read.amplitudes_uv, spike.amplitudes_uv);
      EXPECT_EQ(read.sample_rate_hz, spike.sample_rate_hz);
    }
  }
}

TEST(OpenEphysWireTest, AllFormatsTellTheSameOfALine) {
  OpenEphysTtl ttl;
  ttl.stream = "probe";
  ttl.stream_id = 10003;
  ttl.source_node = 100;
  ttl.channel_name = "All TTL events";
  ttl.sample = 375000;
  ttl.line = 9;
  ttl.state = true;
  ttl.word = 0x8000000000000301;
  ttl.sample_rate_hz = 30000;
  OpenEphysParser parser;
  const std::vector<std::string> parts[3] = {EncodeEventBroadcaster(ttl, OpenEphysFormat::kJson),
                                             EncodeEventBroadcaster(ttl, OpenEphysFormat::kBinary),
                                             EncodeZmqInterface({ttl, 4, 5})};
  for (int i = 0; i < 3; ++i) {
    const auto message = i < 2 ? parser.ParseEventBroadcaster(Views(parts[i]))
                               : parser.ParseZmqInterface(Views(parts[i]));
    ASSERT_TRUE(message.ok()) << message.status();
    const auto& read = std::get<OpenEphysTtl>(message->content);
    EXPECT_EQ(read.source_node, ttl.source_node);
    EXPECT_EQ(read.sample, ttl.sample);
    EXPECT_EQ(read.line, ttl.line);
    EXPECT_EQ(read.state, ttl.state);
    EXPECT_EQ(read.word, i == 0 ? std::nullopt : ttl.word);
  }
}

TEST(OpenEphysWireTest, AMissingOrWrongFieldIsNamed) {
  OpenEphysParser parser;
  const auto parts = EncodeEventBroadcaster(ASpike(), OpenEphysFormat::kJson);
  for (const char* field : {"event_type", "stream", "source_node", "electrode", "num_channels",
                            "sample_rate", "sample_number", "sorted_id", "amp2"}) {
    auto damaged = parts;
    const size_t at = damaged[1].find(std::string("\"") + field + "\"");
    ASSERT_NE(at, std::string::npos) << field;
    damaged[1][at + 1] = 'X';
    const auto message = parser.ParseEventBroadcaster(Views(damaged));
    EXPECT_EQ(message.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(message.status().message()), testing::HasSubstr(field));
  }
  auto damaged = parts;
  damaged[1].replace(damaged[1].find("\"sorted_id\": 7"), 14, "\"sorted_id\": 65536");
  EXPECT_THAT(std::string(parser.ParseEventBroadcaster(Views(damaged)).status().message()),
              testing::HasSubstr("\"sorted_id\" is 65536"));
}

TEST(OpenEphysWireTest, NoPrefixOfAMessageIsTaken) {
  OpenEphysParser parser;
  for (const auto& parts : {EncodeEventBroadcaster(ASpike(), OpenEphysFormat::kJson),
                            EncodeEventBroadcaster(ASpike(), OpenEphysFormat::kBinary),
                            EncodeZmqInterface({ASpike(), 1, 2})}) {
    const bool zmq_interface = parts.size() == 3;
    for (size_t size = 0; size < parts[1].size(); ++size) {
      // The waveform's length is not told in binary: whole samples fewer are a shorter waveform.
      if (parts[1][0] == 2 && size >= 26 + 8 && (size - 26) % 8 == 0) continue;
      auto views = Views(parts);
      views[1] = views[1].substr(0, size);
      const auto message =
          zmq_interface ? parser.ParseZmqInterface(views) : parser.ParseEventBroadcaster(views);
      EXPECT_EQ(message.status().code(), absl::StatusCode::kInvalidArgument) << size;
    }
  }
}

TEST(OpenEphysWireTest, PartsAreCountedAndTheirTypesCompared) {
  OpenEphysParser parser;
  const auto binary = EncodeEventBroadcaster(ASpike(), OpenEphysFormat::kBinary);
  EXPECT_FALSE(parser.ParseEventBroadcaster({}).ok());
  EXPECT_FALSE(parser.ParseZmqInterface(Views(binary)).ok());
  const std::string ttl_envelope(2, '\0');
  EXPECT_FALSE(parser.ParseEventBroadcaster({ttl_envelope, binary[1]}).ok());
  EXPECT_FALSE(parser.ParseEventBroadcaster({binary[0], ""}).ok());
}

TEST(OpenEphysWireTest, AnEventThatIsNoLineSaysNothingButItsNumber) {
  OpenEphysParser parser;
  const auto message = parser.ParseZmqInterface(Views(EncodeZmqInterface({{}, 17, 5})));
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_TRUE(std::holds_alternative<std::monostate>(message->content));
  EXPECT_EQ(message->message_num, 17);
  EXPECT_FALSE(PlaceOf(*message).has_value());
}

TEST(JuceNumberTest, HasOneDecimalAtLeastAndFifteenAtMost) {
  EXPECT_EQ(JuceNumber(30000), "30000.0");
  EXPECT_EQ(JuceNumber(-60), "-60.0");
  EXPECT_EQ(JuceNumber(0), "0.0");
  EXPECT_EQ(JuceNumber(203.96998596191406), "203.969985961914062");
  EXPECT_EQ(JuceNumber(2.5e6), "2.5e+06");
}

}  // namespace
}  // namespace evoke
