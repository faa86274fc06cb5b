// The services as a client sees them: over gRPC, on a free port.
#include <cmath>
#include <functional>
#include <set>

#include "clients/api/channel.h"
#include "evoke/v1/client_service.grpc.pb.h"
#include "evoke/v1/display_service.grpc.pb.h"
#include "evoke/v1/experiment_service.grpc.pb.h"
#include "evoke/v1/response_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/impl/codegen/client_unary_call.h"
#include "gtest/gtest.h"
#include "server/experiment/limits.h"
#include "tests/support/specs.h"
#include "tests/support/test_server.h"

namespace evoke {
namespace {

using testing::HasSubstr;

class ServiceTest : public testing::Test {
 protected:
  ServiceTest()
      : channel_(OpenChannel(server_.address())),
        experiments_(v1::ExperimentService::NewStub(channel_)),
        clients_(v1::ClientService::NewStub(channel_)),
        displays_(v1::DisplayService::NewStub(channel_)),
        responses_(v1::ResponseService::NewStub(channel_)) {}

  grpc::Status Create(const std::string& id, const v1::Experiment& spec = SmallSpec(),
                      bool validate_only = false) {
    grpc::ClientContext context;
    v1::CreateExperimentRequest request;
    request.set_experiment_id(id);
    *request.mutable_experiment() = spec;
    request.set_validate_only(validate_only);
    v1::Experiment response;
    return experiments_->CreateExperiment(&context, request, &response);
  }
  grpc::Status Stop(const std::string& name, v1::Experiment* response) {
    grpc::ClientContext context;
    v1::StopExperimentRequest request;
    request.set_name(name);
    return experiments_->StopExperiment(&context, request, response);
  }
  grpc::Status RegisterDisplay(const std::string& name) {
    grpc::ClientContext context;
    v1::RegisterClientRequest request;
    request.mutable_client()->set_name(name);
    request.mutable_client()->set_instance("1");
    request.mutable_client()->mutable_display()->set_refresh_hz(60);
    request.mutable_client()->mutable_display()->set_width(8);
    request.mutable_client()->mutable_display()->set_height(6);
    v1::Client response;
    return clients_->RegisterClient(&context, request, &response);
  }
  grpc::Status ReportPresentation(const std::string& trial) {
    grpc::ClientContext context;
    v1::ReportPresentationRequest request;
    request.set_trial(trial);
    request.set_attempt(1);
    *request.mutable_presentation() = CompletedPresentation("clients/d");
    v1::ReportResult response;
    return displays_->ReportPresentation(&context, request, &response);
  }

  TestServer server_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::ExperimentService::Stub> experiments_;
  const std::unique_ptr<v1::ClientService::Stub> clients_;
  const std::unique_ptr<v1::DisplayService::Stub> displays_;
  const std::unique_ptr<v1::ResponseService::Stub> responses_;
};

TEST_F(ServiceTest, CreateReturnsErrorsThatNameTheField) {
  EXPECT_TRUE(Create("fine").ok());
  EXPECT_EQ(Create("fine").error_code(), grpc::StatusCode::ALREADY_EXISTS);
  v1::Experiment spec = SmallSpec();
  spec.mutable_objective()->clear_units();
  const grpc::Status status = Create("bad", spec);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("objective.units"));
}

TEST_F(ServiceTest, UnknownNamesAreNotFoundAndWrongFormsInvalid) {
  grpc::ClientContext one, two, three;
  v1::GetExperimentRequest get;
  v1::Experiment experiment;
  get.set_name("experiments/nobody");
  EXPECT_EQ(experiments_->GetExperiment(&one, get, &experiment).error_code(),
            grpc::StatusCode::NOT_FOUND);
  get.set_name("experiments/../../etc");
  EXPECT_EQ(experiments_->GetExperiment(&two, get, &experiment).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  v1::GetStimulusRequest stimulus;
  stimulus.set_name("experiments/nobody/stimuli/1");
  v1::Stimulus found;
  EXPECT_EQ(experiments_->GetStimulus(&three, stimulus, &found).error_code(),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(ReportPresentation("experiments/nobody/trials/1").error_code(),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(ReportPresentation("trials/1").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServiceTest, ListExperimentsPagesNewestFirst) {
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(Create(id).ok());
  std::vector<std::string> names;
  v1::ListExperimentsRequest request;
  request.set_page_size(2);
  do {
    grpc::ClientContext context;
    v1::ListExperimentsResponse response;
    ASSERT_TRUE(experiments_->ListExperiments(&context, request, &response).ok());
    for (const v1::Experiment& e : response.experiments()) names.push_back(e.name());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, testing::ElementsAre("experiments/c", "experiments/b", "experiments/a"));
}

TEST_F(ServiceTest, ListTrialsPagesInPlannedOrder) {
  ASSERT_TRUE(Create("e").ok());
  // The first block is planned on the runner's thread: wait for its event.
  grpc::ClientContext watch_context;
  v1::WatchExperimentRequest watch;
  watch.set_name("experiments/e");
  watch.set_follow(true);
  auto stream = experiments_->WatchExperiment(&watch_context, watch);
  v1::ExperimentEvent event;
  while (stream->Read(&event) && !event.has_generation()) {
  }
  watch_context.TryCancel();
  stream->Finish();

  std::vector<std::string> names;
  v1::ListTrialsRequest request;
  request.set_parent("experiments/e");
  request.set_page_size(3);
  do {
    grpc::ClientContext context;
    v1::ListTrialsResponse response;
    ASSERT_TRUE(experiments_->ListTrials(&context, request, &response).ok());
    for (const v1::Trial& t : response.trials()) names.push_back(t.name());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, testing::ElementsAre("experiments/e/trials/1", "experiments/e/trials/2",
                                          "experiments/e/trials/3", "experiments/e/trials/4"));
  request.set_page_token("nonsense");
  grpc::ClientContext context;
  v1::ListTrialsResponse response;
  EXPECT_EQ(experiments_->ListTrials(&context, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServiceTest, AWatcherGetsEveryEventInOrderUntilTheExperimentEnds) {
  ASSERT_TRUE(Create("e").ok());
  grpc::ClientContext context;
  v1::WatchExperimentRequest request;
  request.set_name("experiments/e");
  request.set_follow(true);
  auto stream = experiments_->WatchExperiment(&context, request);
  v1::ExperimentEvent event;
  ASSERT_TRUE(stream->Read(&event));
  EXPECT_EQ(event.sequence(), 1);
  v1::Experiment stopped;
  ASSERT_TRUE(Stop("experiments/e", &stopped).ok());
  int64_t last = 1;
  v1::Experiment::State state = v1::Experiment::STATE_UNSPECIFIED;
  while (stream->Read(&event)) {
    EXPECT_EQ(event.sequence(), ++last);
    if (event.has_experiment()) state = event.experiment().state();
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(state, v1::Experiment::STATE_STOPPED);

  // Another one resumes behind a sequence it has, and a finished experiment's stream ends by
  // itself.
  grpc::ClientContext second;
  request.set_after_sequence(last - 1);
  auto rest = experiments_->WatchExperiment(&second, request);
  ASSERT_TRUE(rest->Read(&event));
  EXPECT_EQ(event.sequence(), last);
  EXPECT_FALSE(rest->Read(&event));
  EXPECT_TRUE(rest->Finish().ok());
}

TEST_F(ServiceTest, AWatcherThatReadsNothingHoldsNothingUp) {
  ASSERT_TRUE(Create("e").ok());
  grpc::ClientContext context;
  v1::WatchExperimentRequest request;
  request.set_name("experiments/e");
  request.set_follow(true);
  auto stream = experiments_->WatchExperiment(&context, request);
  for (int i = 0; i < 200; ++i) {
    grpc::ClientContext comment_context;
    v1::AddCommentRequest comment;
    comment.set_name("experiments/e");
    comment.mutable_comment()->set_text(std::string(10000, 'x'));
    v1::ExperimentEvent event;
    ASSERT_TRUE(experiments_->AddComment(&comment_context, comment, &event).ok());
  }
  v1::ExperimentEvent event;
  int comments = 0;
  while (comments < 200 && stream->Read(&event)) comments += event.has_comment();
  EXPECT_EQ(comments, 200);  // and it misses nothing once it reads
  context.TryCancel();
  stream->Finish();
}

TEST_F(ServiceTest, CommentsAreKeptWithTheirTimeAndEmptyOnesRefused) {
  ASSERT_TRUE(Create("e").ok());
  grpc::ClientContext one, two;
  v1::AddCommentRequest request;
  request.set_name("experiments/e");
  v1::ExperimentEvent event;
  EXPECT_EQ(experiments_->AddComment(&one, request, &event).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.mutable_comment()->set_text("animal drowsy");
  request.mutable_comment()->set_author("kim");
  ASSERT_TRUE(experiments_->AddComment(&two, request, &event).ok());
  EXPECT_EQ(event.comment().text(), "animal drowsy");
  EXPECT_GT(event.time().seconds(), 0);
  EXPECT_GT(event.sequence(), 1);
}

TEST_F(ServiceTest, StoppingTwiceIsFineAndResumingAfterwardsIsNot) {
  ASSERT_TRUE(Create("e").ok());
  v1::Experiment response;
  ASSERT_TRUE(Stop("experiments/e", &response).ok());
  ASSERT_TRUE(Stop("experiments/e", &response).ok());
  EXPECT_EQ(response.state(), v1::Experiment::STATE_STOPPED);
  grpc::ClientContext context;
  v1::ResumeExperimentRequest resume;
  resume.set_name("experiments/e");
  const grpc::Status status = experiments_->ResumeExperiment(&context, resume, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(ServiceTest, HeartbeatsNeedARegistrationAndTheSameProcess) {
  v1::HeartbeatRequest request;
  request.set_client("clients/d");
  request.set_instance("1");
  v1::HeartbeatResponse response;
  grpc::ClientContext one, two, three;
  EXPECT_EQ(clients_->Heartbeat(&one, request, &response).error_code(),
            grpc::StatusCode::NOT_FOUND);
  ASSERT_TRUE(RegisterDisplay("clients/d").ok());
  ASSERT_TRUE(clients_->Heartbeat(&two, request, &response).ok());
  EXPECT_FALSE(response.session().empty());
  EXPECT_GE(response.server_send_nanos(), response.server_receive_nanos());
  request.set_instance("2");
  EXPECT_EQ(clients_->Heartbeat(&three, request, &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(ServiceTest, StreamsRefuseWhoIsNotRegisteredOrHasTheOtherRole) {
  v1::StreamTrialsRequest request;
  request.set_display("clients/d");
  v1::TrialLease lease;
  {
    grpc::ClientContext context;
    auto stream = displays_->StreamTrials(&context, request);
    EXPECT_FALSE(stream->Read(&lease));
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
  }
  ASSERT_TRUE(RegisterDisplay("clients/d").ok());
  {
    grpc::ClientContext context;
    request.set_prefetch(1000);
    auto stream = displays_->StreamTrials(&context, request);
    EXPECT_FALSE(stream->Read(&lease));
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
  grpc::ClientContext context;
  v1::StreamPresentationsRequest as_backend;
  as_backend.set_backend("clients/d");
  auto stream = responses_->StreamPresentations(&context, as_backend);
  v1::PresentationNotice notice;
  EXPECT_FALSE(stream->Read(&notice));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServiceTest, ASecondStreamOfADisplayEndsTheFirst) {
  ASSERT_TRUE(RegisterDisplay("clients/d").ok());
  v1::StreamTrialsRequest request;
  request.set_display("clients/d");
  grpc::ClientContext one, two;
  auto first = displays_->StreamTrials(&one, request);
  first->WaitForInitialMetadata();
  auto second = displays_->StreamTrials(&two, request);
  v1::TrialLease lease;
  EXPECT_FALSE(first->Read(&lease));
  EXPECT_EQ(first->Finish().error_code(), grpc::StatusCode::ABORTED);
  two.TryCancel();
  second->Finish();
}

TEST_F(ServiceTest, TheServerEndsWithStreamsOpen) {
  ASSERT_TRUE(RegisterDisplay("clients/d").ok());
  ASSERT_TRUE(Create("e").ok());
  grpc::ClientContext one, two;
  v1::StreamTrialsRequest trials;
  trials.set_display("clients/d");
  auto leases = displays_->StreamTrials(&one, trials);
  v1::WatchExperimentRequest watch;
  watch.set_name("experiments/e");
  watch.set_follow(true);
  auto events = experiments_->WatchExperiment(&two, watch);
  v1::ExperimentEvent event;
  ASSERT_TRUE(events->Read(&event));
  server_.Stop();
  while (events->Read(&event)) {
  }
  EXPECT_FALSE(events->Finish().ok());
  v1::TrialLease lease;
  EXPECT_FALSE(leases->Read(&lease));
}

TEST_F(ServiceTest, APortInUseIsAnErrorThatSaysSo) {
  const auto clock = NewSystemClock();
  ServerOptions options;
  options.address = server_.address();
  const auto second = Server::Start(options, NewMemoryLedger(), clock.get(), FakeGenerator::Load);
  ASSERT_TRUE(absl::IsUnavailable(second.status()));
  EXPECT_THAT(std::string(second.status().message()),
              testing::AllOf(HasSubstr(server_.address()), HasSubstr("--listen")));
}

// What a specification with this change is answered.
struct Hostile {
  const char* field;
  std::function<void(v1::Experiment*)> change;
};

TEST_F(ServiceTest, HostileSpecificationsAreRefusedByFieldAndNothingIsScheduled) {
  std::vector<Hostile> cases;
  for (const std::string name : {"../fake", "/etc/passwd", "..", ".hidden", "a/b", "a\\b", "~root",
                                 "fake\n", "$(reboot)", "file:///etc/passwd"}) {
    cases.push_back(
        {"generator.model", [=](v1::Experiment* e) { e->mutable_generator()->set_model(name); }});
    cases.push_back({"presentation.reference_set", [=](v1::Experiment* e) {
                       e->mutable_presentation()->set_reference_set(name);
                     }});
    cases.push_back({"optimizer.start_reference_set", [=](v1::Experiment* e) {
                       e->mutable_optimizer()->set_start_reference_set(name);
                     }});
    cases.push_back({"optimizer.warm_start.file", [=](v1::Experiment* e) {
                       e->mutable_optimizer()->mutable_warm_start()->set_file(name);
                       e->mutable_optimizer()->mutable_warm_start()->set_experiment(
                           "experiments/earlier");
                     }});
  }
  for (const int repeats : {INT32_MAX, INT32_MIN, -1}) {
    cases.push_back({"presentation.repeats",
                     [=](v1::Experiment* e) { e->mutable_presentation()->set_repeats(repeats); }});
    cases.push_back({"optimizer.max_candidate_trials", [=](v1::Experiment* e) {
                       e->mutable_optimizer()->set_max_candidate_trials(repeats);
                     }});
  }
  for (const int64_t seconds : {INT64_MAX, INT64_MIN, INT64_C(-1), INT64_C(61)}) {
    cases.push_back({"presentation.on_duration", [=](v1::Experiment* e) {
                       e->mutable_presentation()->mutable_on_duration()->set_seconds(seconds);
                     }});
    cases.push_back({"objective.latency_window", [=](v1::Experiment* e) {
                       auto* window = e->mutable_objective()->mutable_latency_window();
                       window->mutable_end()->set_seconds(seconds);
                     }});
  }
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    cases.push_back({"objective.units.weight", [=](v1::Experiment* e) {
                       e->mutable_objective()->mutable_units(0)->set_weight(bad);
                     }});
    cases.push_back({"presentation.center_x", [=](v1::Experiment* e) {
                       e->mutable_presentation()->set_size_px(10);
                       e->mutable_presentation()->set_center_x(bad);
                     }});
    cases.push_back({"optimizer.stop.target_score", [=](v1::Experiment* e) {
                       e->mutable_optimizer()->mutable_stop()->set_target_score(bad);
                     }});
  }
  cases.push_back({"notes", [](v1::Experiment* e) { e->set_notes(std::string(65537, 'x')); }});
  cases.push_back({"objective.units", [](v1::Experiment* e) {
                     for (int i = 0; i < 10'000; ++i) {
                       e->mutable_objective()->add_units()->set_unit(absl::StrCat("b/", i));
                     }
                   }});
  cases.push_back({"objective.units", [](v1::Experiment* e) {
                     e->mutable_objective()->mutable_units(0)->set_unit(std::string(257, 'u'));
                   }});
  for (const Hostile& hostile : cases) {
    v1::Experiment spec = SmallSpec();
    hostile.change(&spec);
    const grpc::Status status = Create("e", spec);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << spec.ShortDebugString();
    EXPECT_THAT(status.error_message(), HasSubstr(hostile.field));
  }
  for (const char* id : {"", "../e", "E", "-", "e/trials/1", "e\n", "\u202e"}) {
    EXPECT_EQ(Create(id).error_code(), grpc::StatusCode::INVALID_ARGUMENT) << id;
  }
  grpc::ClientContext context;
  v1::ListExperimentsResponse listed;
  ASSERT_TRUE(experiments_->ListExperiments(&context, {}, &listed).ok());
  EXPECT_EQ(listed.experiments_size(), 0);
}

TEST_F(ServiceTest, AMessageThatIsTooLargeIsRefusedBeforeItIsRead) {
  // Our own channels would not send it.
  grpc::ChannelArguments arguments;
  arguments.SetMaxSendMessageSize(-1);
  const auto stub = v1::ExperimentService::NewStub(
      grpc::CreateCustomChannel(server_.address(), grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext context;
  v1::AddCommentRequest request;
  request.mutable_comment()->set_text(std::string(kMaxMessageBytes + 1, 'x'));
  v1::ExperimentEvent event;
  EXPECT_EQ(stub->AddComment(&context, request, &event).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(ServiceTest, WatchersPastTheLimitAreRefusedUntilOneEnds) {
  ASSERT_TRUE(Create("e").ok());
  v1::WatchExperimentRequest request;
  request.set_name("experiments/e");
  request.set_follow(true);
  v1::ExperimentEvent event;
  std::vector<grpc::ClientContext> contexts(kMaxWatchers);
  std::vector<std::unique_ptr<grpc::ClientReader<v1::ExperimentEvent>>> watchers;
  for (grpc::ClientContext& context : contexts) {
    watchers.push_back(experiments_->WatchExperiment(&context, request));
    ASSERT_TRUE(watchers.back()->Read(&event));
  }
  grpc::ClientContext refused;
  const auto late = experiments_->WatchExperiment(&refused, request);
  EXPECT_FALSE(late->Read(&event));
  const grpc::Status status = late->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("1000 watchers"));

  contexts[0].TryCancel();
  watchers[0]->Finish();
  bool in = false;
  for (int tries = 0; tries < 10'000 && !in; ++tries) {  // the server hears of the end in a moment
    grpc::ClientContext context;
    const auto next = experiments_->WatchExperiment(&context, request);
    in = next->Read(&event);
    context.TryCancel();
    next->Finish();
  }
  EXPECT_TRUE(in);
  for (grpc::ClientContext& context : contexts) context.TryCancel();
  for (auto it = watchers.begin() + 1; it != watchers.end(); ++it) (*it)->Finish();
}

// One raw call by method name: the health and reflection services have no stubs of ours.
grpc::Status RawUnaryCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                          const std::string& request, std::string* response) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const grpc::Slice slice(request);
  grpc::ByteBuffer out(&slice, 1), in;
  auto call = stub.PrepareUnaryCall(&context, method, out, &queue);
  call->StartCall();
  grpc::Status status;
  call->Finish(&in, &status, nullptr);
  void* tag;
  bool ok;
  queue.Next(&tag, &ok);
  grpc::Slice whole;
  if (status.ok() && in.DumpToSingleSlice(&whole).ok()) {
    response->assign(reinterpret_cast<const char*>(whole.begin()), whole.size());
  }
  return status;
}

TEST_F(ServiceTest, HealthIsServingOnceTheLedgerIsReplayed) {
  std::string response;
  ASSERT_TRUE(RawUnaryCall(channel_, "/grpc.health.v1.Health/Check", "", &response).ok());
  EXPECT_EQ(response, std::string("\x08\x01"));  // field 1, SERVING
}

}  // namespace
}  // namespace evoke
