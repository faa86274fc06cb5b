#include "clients/recorder/intan/intan_command.h"

#include <sstream>

#include "absl/strings/str_split.h"
#include "clients/recorder/intan/intan_program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/recorder/intan/gz_file.h"

namespace evoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What was said to RHX 3.4.0, and its answer, "" where it said nothing.
struct Exchange {
  std::string command, answer;
};
std::vector<Exchange> Dialogue() {
  std::vector<Exchange> dialogue;
  std::istringstream lines(ReadGz("tests/data/rig/rhx_command_dialogue.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const auto said = nlohmann::json::parse(line);
    if (said["dir"] == ">") {
      dialogue.push_back({said["text"], ""});
    } else {
      dialogue.back().answer = said["text"];
    }
  }
  return dialogue;
}

std::string LastPart(const std::string& item) {
  const std::vector<std::string> parts = absl::StrSplit(item, '.');
  return parts.back();
}

TEST(IntanRepliesTest, EveryAnswerOfTheRecordedDialogueIsUnderstood) {
  int values = 0, errors = 0;
  for (const Exchange& exchange : Dialogue()) {
    const std::vector<IntanReply> replies = ParseIntanReplies(exchange.answer);
    std::vector<std::string> asked;
    for (const absl::string_view command :
         absl::StrSplit(exchange.command, ';', absl::SkipEmpty())) {
      const std::vector<std::string> words = absl::StrSplit(command, ' ');
      if (words[0] == "get") asked.push_back(LastPart(words[1]));
    }
    if (exchange.answer.find("Return: ") == std::string::npos) {
      if (exchange.answer.empty()) {
        EXPECT_TRUE(replies.empty());
        EXPECT_TRUE(asked.empty()) << exchange.command;
        continue;
      }
      ++errors;
      ASSERT_EQ(replies.size(), 1) << exchange.command;
      EXPECT_TRUE(replies[0].error);
      EXPECT_EQ(replies[0].text, exchange.answer);
      continue;
    }
    ASSERT_EQ(replies.size(), asked.size()) << exchange.command;
    for (size_t i = 0; i < asked.size(); ++i) {
      ++values;
      std::string value;
      EXPECT_TRUE(replies[i].Answers(asked[i], &value)) << replies[i].text;
      EXPECT_FALSE(value.empty());
      EXPECT_FALSE(replies[i].Answers("somethingelse", &value));
      EXPECT_THAT(exchange.answer, HasSubstr(value));
    }
  }
  EXPECT_EQ(values, 31);
  EXPECT_EQ(errors, 7);
}

TEST(IntanRepliesTest, AnswersThatRunTogetherAreToldApart) {
  const auto replies =
      ParseIntanReplies("Unrecognized actionReturn: RunMode StopReturn: Version 3.4.0Return: -1");
  ASSERT_EQ(replies.size(), 4);
  EXPECT_TRUE(replies[0].error);
  EXPECT_EQ(replies[0].text, "Unrecognized action");
  std::string value;
  EXPECT_TRUE(replies[1].Answers("runmode", &value));
  EXPECT_EQ(value, "Stop");
  EXPECT_FALSE(replies[2].Answers("runmode", &value));
  EXPECT_TRUE(replies[3].Answers("currenttimestamp", &value));
  EXPECT_EQ(value, "-1");
}

IntanProgramOptions Options(int channels = 32) {
  IntanProgramOptions options;
  options.command_port = options.waveform_port = options.spike_port = 0;
  for (int i = 0; i < channels; ++i) {
    options.channels.push_back((i < 10 ? "A-00" : "A-0") + std::to_string(i));
  }
  return options;
}

TEST(IntanSettingsTest, TheStandInAnswersTheRecordedDialogueAsRhxDid) {
  IntanSettings settings;
  settings.SetChannels(Options().channels);
  settings.outputs[0].port = 5002;
  settings.outputs[1].port = 5001;
  for (const Exchange& exchange : Dialogue()) {
    // What RHX tells of its clock and its connections is not the settings' own.
    if (exchange.command == "get currenttimestamp" && exchange.answer != "Return: -1") {
      settings.current_timestamp = std::stoll(exchange.answer.substr(8));
    }
    if (exchange.answer.find("ConnectionStatus Connected") != std::string::npos) {
      for (auto& output : settings.outputs) output.status = IntanOutputState::Status::kConnected;
    }
    EXPECT_EQ(settings.Handle(exchange.command), exchange.answer) << exchange.command;
  }
  EXPECT_EQ(settings.runs, 2);
}

TEST(IntanCommandClientTest, GetsSetsAndExecutes) {
  IntanProgram program(Options());
  ASSERT_TRUE(program.Start().ok());
  IntanCommandClient client("127.0.0.1", program.command_port());
  EXPECT_EQ(*client.Get("runmode"), "Stop");
  EXPECT_EQ(*client.Get("currenttimestamp"), "-1");
  EXPECT_EQ(*client.GetNumber("a.numberamplifierchannels"), 32);
  EXPECT_TRUE(client.Set("a-003.tcpdataoutputenabledspike", "true").ok());
  EXPECT_EQ(*client.Get("a-003.tcpdataoutputenabledspike"), "True");
  EXPECT_TRUE(client.Execute("clearalldataoutputs").ok());
  EXPECT_EQ(*client.Get("a-003.tcpdataoutputenabledspike"), "False");
}

TEST(IntanCommandClientTest, RefusalsAreStatusesThatQuoteRhx) {
  IntanProgram program(Options());
  ASSERT_TRUE(program.Start().ok());
  IntanCommandClient client("127.0.0.1", program.command_port());
  const absl::Status get = client.Get("a-099.enabled").status();
  EXPECT_TRUE(absl::IsInvalidArgument(get));
  EXPECT_THAT(std::string(get.message()), HasSubstr("Unrecognized parameter"));
  EXPECT_THAT(std::string(client.Set("runmode", "sideways").message()),
              HasSubstr("\"set runmode sideways\": Invalid value for SetRunMode command"));
  EXPECT_THAT(std::string(client.Execute("nosuch").message()), HasSubstr("Unrecognized action"));
  ASSERT_TRUE(client.Set("runmode", "run").ok());
  EXPECT_THAT(std::string(client.Set("tcpnumberdatablocksperwrite", "2").message()),
              HasSubstr("cannot be set while controller is running"));
  // Nothing of it is taken for the next answer.
  EXPECT_EQ(*client.Get("runmode"), "Run");
}

TEST(IntanCommandClientTest, RefusedConnectionSaysWhatToClick) {
  int port;
  {
    auto listener = ListenTcp("127.0.0.1", 0);
    port = PortOf(*listener);
  }
  IntanCommandClient client("127.0.0.1", port);
  const absl::Status status = client.Get("runmode").status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("RHX is not listening on 127.0.0.1:" + std::to_string(port)));
  EXPECT_THAT(std::string(status.message()), HasSubstr("click Connect on the Commands tab"));
}

TEST(IntanCommandClientTest, ConnectsAgainAfterTheConnectionBroke) {
  IntanProgram program(Options());
  ASSERT_TRUE(program.Start().ok());
  IntanCommandClient client("127.0.0.1", program.command_port());
  ASSERT_TRUE(client.Get("type").ok());
  program.DropCommand();
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (!client.Get("type").ok() && absl::Now() < deadline) {
  }
  EXPECT_EQ(*client.Get("runmode"), "Stop");
  EXPECT_EQ(client.connections(), 2);
}

TEST(IntanCommandClientTest, AProgramThatDoesNotAnswerIsATimeout) {
  auto listener = ListenTcp("127.0.0.1", 0);
  ASSERT_TRUE(listener.ok());
  IntanCommandClient client("127.0.0.1", PortOf(*listener));
  client.set_timeout(absl::Milliseconds(20));
  EXPECT_TRUE(absl::IsDeadlineExceeded(client.Get("runmode").status()));
}

}  // namespace
}  // namespace evoke
