#include "server/service/request_check.h"

#include <cmath>
#include <limits>

#include "evoke/v1/client_service.pb.h"
#include "evoke/v1/display_service.pb.h"
#include "evoke/v1/experiment_service.pb.h"
#include "evoke/v1/response_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/experiment/limits.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

using testing::StartsWith;

void ExpectRefused(const google::protobuf::Message& request, const std::string& start) {
  const absl::Status status = CheckRequest(request);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << start;
  EXPECT_THAT(std::string(status.message()), StartsWith(start));
}

TEST(RequestCheckTest, OrdinaryRequestsPass) {
  v1::CreateExperimentRequest create;
  *create.mutable_experiment() = SmallSpec();
  create.mutable_experiment()->set_notes(std::string(kMaxText, 'x'));
  EXPECT_TRUE(CheckRequest(create).ok());
  v1::ReportPresentationRequest report;
  *report.mutable_presentation() = CompletedPresentation("clients/d");
  report.mutable_presentation()->mutable_onset()->set_local_nanos(-kMaxNanos);
  EXPECT_TRUE(CheckRequest(report).ok());
}

TEST(RequestCheckTest, NumbersThatAreNoneAreNamedByTheirField) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity(),
                           -std::numeric_limits<double>::infinity()}) {
    v1::ReportResponseRequest report;
    report.mutable_response()->add_rates(3);
    report.mutable_response()->add_rates(bad);
    ExpectRefused(report, "response.rates: not a number");
    v1::ReportResponseRequest fit;
    fit.mutable_response()->mutable_recorded_onset()->mutable_fit()->set_drift_ppm(bad);
    ExpectRefused(fit, "response.recorded_onset.fit.drift_ppm: not a number");
    v1::CreateExperimentRequest create;
    create.mutable_experiment()->mutable_objective()->add_units()->set_weight(bad);
    ExpectRefused(create, "experiment.objective.units.weight: not a number");
  }
}

TEST(RequestCheckTest, StampsThatWouldOverflowAreRefused) {
  v1::ReportPresentationRequest report;
  report.mutable_presentation()->mutable_onset()->set_session_nanos(INT64_MAX);
  ExpectRefused(report, "presentation.onset.session_nanos: 9223372036854775807; allowed are");
  v1::HeartbeatRequest heartbeat;
  heartbeat.set_client_send_nanos(INT64_MIN);
  ExpectRefused(heartbeat, "client_send_nanos: ");
  v1::ReportResponseRequest response;
  response.mutable_response()->add_spike_trains()->add_nanos_from_onset(kMaxNanos + 1);
  ExpectRefused(response, "response.spike_trains.nanos_from_onset: ");
}

TEST(RequestCheckTest, TextsAndListsHaveAnEnd) {
  const std::string long_text(kMaxText + 1, 'x');
  v1::AddCommentRequest comment;
  comment.mutable_comment()->set_text(long_text);
  ExpectRefused(comment, "comment.text: 65537 bytes; at most 65536");
  v1::StopExperimentRequest stop;
  stop.set_reason(long_text);
  ExpectRefused(stop, "reason: 65537 bytes");
  v1::ReportResponseRequest units;
  units.mutable_response()->add_units(long_text);
  ExpectRefused(units, "response.units: 65537 bytes");
  v1::ReportResponseRequest counts;
  counts.mutable_response()->mutable_spike_counts()->Resize(kMaxElements + 1, 0);
  ExpectRefused(counts, "response.spike_counts: 1000001 of them; at most 1000000");
}

}  // namespace
}  // namespace evoke
