// The commands against a real server in this process.
#include "clients/control/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/figure/image_file.h"
#include "common/resource_name.h"
#include "google/protobuf/text_format.h"
#include "nlohmann/json.hpp"
#include "server/service/server.h"
#include "tests/control/waitable_output.h"
#include "tests/support/fake_generator.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Decodes one point, as the server does to warm up, but no block.
class FailingGenerator : public FakeGenerator {
 public:
  absl::StatusOr<std::vector<Image>> Decode(absl::Span<const LatentPoint> points) const override {
    if (points.size() > 1) return absl::InternalError("the decoder broke");
    return FakeGenerator::Decode(points);
  }
};

absl::StatusOr<std::unique_ptr<Generator>> Load(const std::string& model_dir,
                                                const std::string& model) {
  if (model == "failing") return std::make_unique<FailingGenerator>();
  return FakeGenerator::Load(model_dir, model);
}

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

class CommandLineTest : public testing::Test {
 protected:
  CommandLineTest()
      : folder_(absl::StrCat(testing::TempDir(), "/control_", getpid(), "_",
                             testing::UnitTest::GetInstance()->current_test_info()->name())),
        clock_(NewSystemClock()) {
    std::filesystem::create_directories(folder_);
    StartServer("127.0.0.1:0", NewMemoryLedger());
  }
  ~CommandLineTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  void StartServer(const std::string& address, std::unique_ptr<Ledger> ledger) {
    ServerOptions options;
    options.address = address;
    // Nothing here waits for a clock.
    options.manager.client_timeout = absl::Hours(1);
    options.manager.runner.absence_grace = absl::Hours(1);
    options.manager.runner.lease_duration = absl::Hours(1);
    options.manager.runner.response_timeout = absl::Hours(1);
    auto server = Server::Start(options, std::move(ledger), clock_.get(), Load);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    address_ = absl::StrCat("127.0.0.1:", server_->port());
  }

  // A display and a backend that answer at once with the sum of the codes.
  void ConnectClients() {
    ExperimentManager& manager = server_->manager();
    v1::Client screen =
        ParseText<v1::Client>(R"pb(name: "clients/screen"
                                   instance: "1"
                                   display { refresh_hz: 60 width: 800 height: 600 })pb");
    v1::Client sim = ParseText<v1::Client>(R"pb(name: "clients/sim"
                                                instance: "1"
                                                backend {
                                                  units { name: "a/0" }
                                                  adapter: "fake"
                                                })pb");
    ASSERT_TRUE(manager.RegisterClient(screen).ok());
    ASSERT_TRUE(manager.RegisterClient(sim).ok());
    // Empty while the server shuts down.
    const auto runner_of = [&manager](const v1::Trial& trial) {
      const auto runner = manager.Runner(ParseTrialName(trial.name())->experiment);
      return runner.ok() ? *runner : nullptr;
    };
    auto display = std::make_shared<DisplayStream>();
    display->display = "clients/screen";
    display->send = [runner_of](v1::TrialLease lease) {
      v1::ReportPresentationRequest report;
      report.set_trial(lease.trial().name());
      report.set_attempt(lease.trial().attempt());
      *report.mutable_presentation() = CompletedPresentation("clients/screen");
      if (const auto runner = runner_of(lease.trial())) {
        runner->ReportPresentation(report, [](const auto&) {});
      }
    };
    auto backend = std::make_shared<BackendStream>();
    backend->backend = "clients/sim";
    backend->send = [runner_of](v1::PresentationNotice notice) {
      double sum = 0;
      for (const double code : notice.stimulus().latent().values()) sum += code;
      v1::ReportResponseRequest report;
      report.set_trial(notice.trial().name());
      report.set_attempt(notice.trial().attempt());
      *report.mutable_response() =
          CountsOf("a/0", static_cast<uint32_t>(sum) + notice.trial().repeat() % 2);
      if (const auto runner = runner_of(notice.trial())) {
        runner->ReportResponse(report, [](const auto&) {});
      }
    };
    ASSERT_TRUE(manager.Attach("", std::shared_ptr<const DisplayStream>(display)).ok());
    ASSERT_TRUE(manager.Attach("", std::shared_ptr<const BackendStream>(backend)).ok());
  }

  CommandContext Context(std::istream* in, std::ostream* out, std::ostream* err) {
    CommandContext context;
    context.in = in;
    context.out = out;
    context.err = err;
    context.clock = clock_.get();
    context.terminal_columns = columns_;
    context.user = "anna";
    return context;
  }

  Outcome Run(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), {"--server", address_});
    return RunBare(std::move(arguments), input);
  }
  Outcome RunBare(std::vector<std::string> arguments, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out, err;
    const ExitCode code = RunCommandLine(std::move(arguments), Context(&in, &out, &err));
    return {static_cast<int>(code), out.str(), err.str()};
  }

  // A file with the small experiment, which `change` may change.
  std::string SpecFile(const std::function<void(v1::Experiment&)>& change = [](auto&) {}) {
    v1::Experiment spec = SmallSpec();
    spec.mutable_presentation()->set_confirmation_repeats(5);
    spec.set_subject("m1");
    change(spec);
    std::string text;
    google::protobuf::TextFormat::PrintToString(spec, &text);
    const std::string path = folder_ + "/spec.textproto";
    std::ofstream(path) << text;
    return path;
  }
  void CreateDemo() {
    const Outcome created = Run({"create", "demo", SpecFile()});
    ASSERT_EQ(created.code, 0) << created.err;
  }
  // An experiment that has run to its end.
  void FinishDemo() {
    ConnectClients();
    CreateDemo();
    const Outcome watched = Run({"watch", "demo"});
    ASSERT_EQ(watched.code, 0) << watched.out << watched.err;
  }

  const std::string folder_;
  const std::unique_ptr<Clock> clock_;
  std::unique_ptr<Server> server_;
  std::string address_;
  size_t columns_ = 0;
};

TEST_F(CommandLineTest, HelpListsCommandsAndExitCodes) {
  const Outcome help = RunBare({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* text : {"create", "list", "get", "clients", "trials", "watch", "pause", "resume",
                           "stop", "abort", "comment", "stimulus", "export", "report", "timing",
                           "Exit codes", "EVOKE_SERVER", "--json", "--timeout"}) {
    EXPECT_THAT(help.out, HasSubstr(text));
  }
  const Outcome watch = RunBare({"watch", "--help"});
  EXPECT_EQ(watch.code, 0);
  EXPECT_THAT(watch.out, AllOf(HasSubstr("NAME"), Not(HasSubstr("Examples"))));
}

TEST_F(CommandLineTest, WrongUsageHasItsOwnExitCode) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"lisst"},
                                             {"list", "--nope"},
                                             {"get"},
                                             {"get", "No Such"},
                                             {"stimulus", "demo"},
                                             {"trials", "demo", "--limit", "-1"},
                                             {"report", "demo"},
                                             {"export", "demo", "-o", "-", "--json"}}) {
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.code, 2) << absl::StrJoin(arguments, " ");
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, Not(IsEmpty()));
  }
}

TEST_F(CommandLineTest, ServerThatIsNotThereIsSaidWithWhatToDo) {
  for (const char* command : {"list", "watch"}) {
    std::vector<std::string> arguments = {"--server", "127.0.0.1:1", command};
    if (arguments.back() == "watch") arguments.push_back("demo");
    const Outcome outcome = RunBare(arguments);
    EXPECT_EQ(outcome.code, 5) << command;
    EXPECT_THAT(outcome.err,
                HasSubstr("no server at 127.0.0.1:1; start evoke-server or set --server"));
  }
}

TEST_F(CommandLineTest, ServerThatDoesNotAnswerIsGivenUp) {
  // Takes connections and says nothing.
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 4), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const Outcome outcome = RunBare({"list", "--timeout", "0.2", "--server",
                                   absl::StrCat("127.0.0.1:", ntohs(address.sin_port))});
  EXPECT_EQ(outcome.code, 5);
  EXPECT_THAT(outcome.err, HasSubstr("start evoke-server"));
  close(listener);
}

TEST_F(CommandLineTest, ServerMayComeFromTheEnvironment) {
  setenv("EVOKE_SERVER", address_.c_str(), 1);
  EXPECT_EQ(RunBare({"list"}).code, 0);
  unsetenv("EVOKE_SERVER");
}

TEST_F(CommandLineTest, CreateSaysWhatWillBeDone) {
  const Outcome created = Run({"create", "demo", SpecFile()});
  EXPECT_EQ(created.code, 0) << created.err;
  EXPECT_THAT(created.out,
              AllOf(HasSubstr("experiments/demo created"), HasSubstr("at most 24 candidate trials"),
                    HasSubstr("5 times each"), HasSubstr("fake: 6 codes of 8 levels"),
                    HasSubstr("evokectl watch demo")));
  const Outcome again = Run({"create", "demo", SpecFile()});
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("exists already"));
}

TEST_F(CommandLineTest, CreateReadsStandardInput) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(SmallSpec(), &text);
  EXPECT_EQ(Run({"create", "demo", "-"}, text).code, 0);
  EXPECT_THAT(Run({"list"}).out, HasSubstr("demo"));
}

TEST_F(CommandLineTest, ValidateOnlyCreatesNothing) {
  const Outcome valid = Run({"create", "demo", SpecFile(), "--validate-only"});
  EXPECT_EQ(valid.code, 0) << valid.err;
  EXPECT_THAT(valid.out, HasSubstr("nothing was created"));
  EXPECT_EQ(Run({"get", "demo"}).code, 1);
  const Outcome wrong =
      Run({"create", "demo",
           SpecFile([](v1::Experiment& e) { e.mutable_generator()->set_model("missing"); }),
           "--validate-only"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("no model missing"));
}

TEST_F(CommandLineTest, MistakesInTheSpecificationAreLocated) {
  const std::string path = folder_ + "/wrong.textproto";
  std::ofstream(path) << "optimizer {\n  seeds: 3\n}\n";
  const Outcome outcome = Run({"create", "demo", path});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("wrong.textproto:2:"), HasSubstr("seeds")));
  const Outcome other_name = Run({"create", "demo", "-"}, "name: \"experiments/other\"");
  EXPECT_EQ(other_name.code, 1);
  EXPECT_THAT(other_name.err, HasSubstr("experiments/other"));
}

TEST_F(CommandLineTest, ListIsNewestFirst) {
  EXPECT_THAT(Run({"list"}).err, HasSubstr("no experiments yet"));
  CreateDemo();
  ASSERT_EQ(Run({"create", "later", SpecFile()}).code, 0);
  const std::string list = Run({"list"}).out;
  EXPECT_THAT(list, AllOf(HasSubstr("NAME"), HasSubstr("active"), HasSubstr("0/24")));
  EXPECT_LT(list.find("later"), list.find("demo"));
}

TEST_F(CommandLineTest, GetTakesBothFormsOfTheName) {
  CreateDemo();
  const Outcome outcome = Run({"get", "demo"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("state"), HasSubstr("active"), HasSubstr("m1"),
                                 HasSubstr("no estimate yet")));
  EXPECT_EQ(Run({"get", "experiments/demo"}).out, outcome.out);
  const Outcome missing = Run({"get", "missing"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.err, HasSubstr("evokectl list"));
}

TEST_F(CommandLineTest, OperatorSteersAndTheRecordSaysWhy) {
  CreateDemo();
  EXPECT_THAT(Run({"pause", "demo", "--reason", "electrode moved"}).out,
              HasSubstr("experiments/demo is paused: electrode moved"));
  EXPECT_THAT(Run({"get", "demo"}).out, HasSubstr("paused: electrode moved"));
  EXPECT_THAT(Run({"resume", "demo"}).out, HasSubstr("is active"));
  EXPECT_THAT(Run({"comment", "demo", "went", "20", "um", "deeper"}).out,
              HasSubstr("comment by anna: went 20 um deeper"));
  EXPECT_EQ(Run({"comment", "demo", "ok", "--author", "ben"}).code, 0);
  const Outcome abort = Run({"abort", "demo", "--reason", "moved"});
  EXPECT_EQ(abort.code, 0) << abort.err;
  EXPECT_THAT(abort.out, HasSubstr("no display holds a trial"));
  EXPECT_EQ(Run({"abort", "-"}).code, 0);
  EXPECT_EQ(Run({"abort", "nobody"}).code, 1);
  EXPECT_THAT(Run({"abort", "demo", "--reason", ""}).err, HasSubstr("reason"));
  EXPECT_THAT(Run({"stop", "demo", "--reason", "cell lost"}).out, HasSubstr("stopped: cell lost"));

  const Outcome resumed = Run({"resume", "demo"});
  EXPECT_EQ(resumed.code, 1);
  EXPECT_THAT(resumed.err, HasSubstr("has ended"));

  const Outcome watched = Run({"watch", "demo"});
  EXPECT_EQ(watched.code, 3);
  EXPECT_THAT(watched.out, AllOf(HasSubstr("created"), HasSubstr("paused: electrode moved"),
                                 HasSubstr("comment by anna: went 20 um deeper"),
                                 HasSubstr("comment by ben: ok"), HasSubstr("stopped: cell lost")));

  const Outcome exported = Run({"export", "demo", "-o", folder_ + "/demo.csv"});
  EXPECT_EQ(exported.code, 0) << exported.err;
  std::ifstream log(folder_ + "/demo.log.csv");
  EXPECT_THAT(
      std::string(std::istreambuf_iterator<char>(log), {}),
      AllOf(HasSubstr("comment,anna,went 20 um deeper\r\n"), HasSubstr("paused: electrode moved")));
}

TEST_F(CommandLineTest, WatchFollowsToTheEnd) {
  ConnectClients();
  CreateDemo();
  const Outcome watched = Run({"watch", "demo"});
  EXPECT_EQ(watched.code, 0) << watched.err;
  EXPECT_THAT(watched.out, AllOf(HasSubstr("generation 6:"), HasSubstr("24/24 trials"),
                                 HasSubstr("search over; confirming with"), HasSubstr("succeeded"),
                                 Not(HasSubstr("\x1b"))));
  EXPECT_THAT(Run({"get", "demo"}).out, HasSubstr("24 of 24 candidate trials"));
}

TEST_F(CommandLineTest, WatchDrawsALiveLineOnATerminal) {
  FinishDemo();
  columns_ = 60;
  const Outcome watched = Run({"watch", "demo"});
  EXPECT_EQ(watched.code, 0);
  EXPECT_THAT(watched.out,
              AllOf(HasSubstr("\r\x1b[Kdemo  24/24 trials"), Not(HasSubstr("generation 6:"))));
}

TEST_F(CommandLineTest, WatchOfAFailedExperimentSaysWhy) {
  ASSERT_EQ(Run({"create", "demo",
                 SpecFile([](v1::Experiment& e) { e.mutable_generator()->set_model("failing"); })})
                .code,
            0);
  const Outcome watched = Run({"watch", "demo"});
  EXPECT_EQ(watched.code, 4);
  EXPECT_THAT(watched.out, HasSubstr("failed: the decoder broke"));
}

TEST_F(CommandLineTest, WatchWithoutFollowEndsWithWhatThereIs) {
  CreateDemo();
  const Outcome watched = Run({"watch", "demo", "--no-follow"});
  EXPECT_EQ(watched.code, 0);
  EXPECT_THAT(watched.out, HasSubstr("created"));
}

TEST_F(CommandLineTest, WatchGoesOnAfterTheServerWasRestarted) {
  const auto ledger = [&] { return OpenSqliteLedger(folder_ + "/evoke.db").value(); };
  StartServer("127.0.0.1:0", ledger());
  CreateDemo();
  ASSERT_EQ(Run({"comment", "demo", "before"}).code, 0);

  WaitableOutput out, err;
  std::ostream out_stream(&out), err_stream(&err);
  std::istringstream in;
  ExitCode code = ExitCode::kError;
  std::thread watcher([&, address = address_] {
    code = RunCommandLine({"--server", address, "watch", "demo"},
                          Context(&in, &out_stream, &err_stream));
  });
  out.WaitFor("before");
  server_.reset();
  err.WaitFor("connection lost");
  StartServer(address_, ledger());
  EXPECT_EQ(Run({"stop", "demo", "--reason", "after the restart"}).code, 0);
  watcher.join();
  EXPECT_EQ(code, ExitCode::kStopped);
  EXPECT_THAT(out.text(), HasSubstr("stopped: after the restart"));
  // Nothing is told twice.
  EXPECT_EQ(out.text().find("before"), out.text().rfind("before"));
}

TEST_F(CommandLineTest, TrialsAreListedUpToTheLimit) {
  FinishDemo();
  const Outcome three = Run({"trials", "demo", "--limit", "3"});
  EXPECT_EQ(three.code, 0);
  EXPECT_EQ(std::count(three.out.begin(), three.out.end(), '\n'), 4);
  EXPECT_THAT(three.err, HasSubstr("--limit 0"));
  const std::string all = Run({"trials", "demo", "--limit", "0"}).out;
  EXPECT_THAT(all, AllOf(HasSubstr("confirmation"), HasSubstr("candidate"), HasSubstr("screen")));
  EXPECT_GE(std::count(all.begin(), all.end(), '\n'), 1 + 24 + 5);
}

TEST_F(CommandLineTest, ClientsShowWhatTheyCan) {
  EXPECT_THAT(Run({"clients"}).err, HasSubstr("start evoke-display"));
  ConnectClients();
  EXPECT_THAT(Run({"clients"}).out, AllOf(HasSubstr("800 x 600 pixels, 60 Hz"),
                                          HasSubstr("fake, 1 units: a/0"), HasSubstr("live")));
}

TEST_F(CommandLineTest, StimulusIsWrittenAsItWasShown) {
  FinishDemo();
  const std::string path = folder_ + "/one.png";
  EXPECT_EQ(Run({"stimulus", "demo/1", "-o", path}).code, 0);
  const auto image = ReadImage(path);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->width, 2 * FakeGenerator::kCols);
  const Outcome large =
      Run({"stimulus", "experiments/demo/stimuli/1", "-o", path, "--enlarge", "4"});
  EXPECT_THAT(large.out, HasSubstr("16 x 24 pixels"));
  EXPECT_EQ(*ReadImage(path), *Enlarge(*image, 4));
  EXPECT_EQ(Run({"stimulus", "demo/999", "-o", path}).code, 1);
}

TEST_F(CommandLineTest, ExportHoldsTheWholeRecord) {
  FinishDemo();
  const Outcome exported = Run({"export", "demo", "-o", folder_ + "/demo.csv"});
  EXPECT_EQ(exported.code, 0) << exported.err;
  std::ifstream file(folder_ + "/demo.csv", std::ios::binary);
  const std::string csv{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(csv, Run({"export", "demo", "-o", "-"}).out);
  const auto trials = nlohmann::json::parse(
      Run({"export", "demo", "-o", folder_ + "/demo.csv", "--json"}).out)["trials"];
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + trials.get<int>());
  // The specification beside it makes the same experiment again.
  const Outcome again = Run({"create", "again", folder_ + "/demo.spec.textproto"});
  EXPECT_EQ(again.code, 0) << again.err;
}

TEST_F(CommandLineTest, ReportIsWrittenAndPrinted) {
  FinishDemo();
  const Outcome report = Run({"report", "demo", "--out", folder_ + "/report"});
  EXPECT_EQ(report.code, 0) << report.err;
  EXPECT_THAT(report.out,
              AllOf(HasSubstr("final"), HasSubstr("spikes per trial"), Not(HasSubstr("left out"))));
  for (const char* name : {"best.png", "generations.png", "convergence.png", "confirmation.png",
                           "trials.csv", "summary.txt"}) {
    EXPECT_TRUE(std::filesystem::exists(absl::StrCat(folder_, "/report/", name))) << name;
  }
  const Outcome missing = Run({"report", "demo", "--out", folder_, "--against", "missing"});
  EXPECT_EQ(missing.code, 1);
}

TEST_F(CommandLineTest, JsonIsAllThatComesOut) {
  const auto expect_json = [this](std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.code, 0) << arguments[0] << outcome.err;
    EXPECT_THAT(outcome.out, Not(IsEmpty())) << arguments[0];
    for (const absl::string_view line : absl::StrSplit(outcome.out, '\n', absl::SkipEmpty())) {
      EXPECT_TRUE(nlohmann::json::accept(line.begin(), line.end())) << arguments[0] << ": " << line;
    }
  };
  expect_json({"create", "new", SpecFile()});
  for (const char* command : {"pause", "resume", "stop"}) expect_json({command, "new"});
  FinishDemo();
  for (const char* command : {"list", "clients"}) expect_json({command});
  for (const char* command : {"get", "trials", "watch"}) expect_json({command, "demo"});
  expect_json({"comment", "demo", "hi"});
  expect_json({"stimulus", "demo/1", "-o", folder_ + "/x.png"});
  expect_json({"export", "demo", "-o", folder_ + "/x.csv"});
  expect_json({"report", "demo", "--out", folder_ + "/x"});
  const auto experiment = nlohmann::json::parse(Run({"--json", "get", "demo"}).out);
  EXPECT_EQ(experiment["optimizer"]["max_candidate_trials"], 24);
  EXPECT_EQ(experiment["state"], "STATE_SUCCEEDED");
}

}  // namespace
}  // namespace evoke
