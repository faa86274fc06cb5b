// Every role against every method. A method that is new to the API fails here until somebody has
// said, in this table and in the server's, who may call it.
#include "server/service/method_rules.h"

#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/service/api_methods.h"

namespace evoke {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr Role kRoles[] = {kOperator, kDisplay, kBackend, kObserver};

const std::map<std::string, std::set<Role>>& Expected() {
  static const std::set<Role> everybody(std::begin(kRoles), std::end(kRoles));
  static const auto* const table = new std::map<std::string, std::set<Role>>{
      {"CreateExperiment", {kOperator}},
      {"GetExperiment", everybody},
      {"ListExperiments", everybody},
      {"StopExperiment", {kOperator}},
      {"PauseExperiment", {kOperator}},
      {"ResumeExperiment", {kOperator}},
      {"AbortStimulus", {kOperator, kDisplay, kBackend}},
      {"AddComment", {kOperator}},
      {"WatchExperiment", everybody},
      {"ListTrials", everybody},
      {"GetStimulus", everybody},
      {"RegisterClient", {kDisplay, kBackend, kObserver}},
      {"ListClients", everybody},
      {"Heartbeat", {kDisplay, kBackend, kObserver}},
      {"StreamTrials", {kDisplay}},
      {"ReportPresentation", {kDisplay}},
      {"StreamPresentations", {kBackend, kObserver}},
      {"ReportResponse", {kBackend}},
  };
  return *table;
}

TEST(MethodRulesTest, EveryMethodHasItsRowAndEveryRowItsMethod) {
  std::set<std::string> methods, expected, rules;
  for (const Method method : ApiMethods()) {
    methods.insert(method->name());
    EXPECT_EQ(method->input_type()->name(), method->name() + "Request");
  }
  for (const auto& [method, roles] : Expected()) expected.insert(method);
  for (const MethodRule& rule : MethodRules()) {
    EXPECT_TRUE(rules.insert(std::string(rule.method)).second) << rule.method << " has two rows";
  }
  EXPECT_EQ(methods, expected);
  EXPECT_EQ(methods, rules);
}

TEST(MethodRulesTest, EveryRoleMayCallWhatIsItsOwnAndNothingElse) {
  for (const Method method : ApiMethods()) {
    for (const Role role : kRoles) {
      SCOPED_TRACE(absl::StrCat(RoleName(role), " calls ", method->name()));
      const absl::Status status = CheckPermission({role, "me"}, *RequestFrom(method, "clients/me"));
      if (Expected().at(method->name()).contains(role)) {
        EXPECT_TRUE(status.ok()) << status;
      } else {
        EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
        EXPECT_THAT(std::string(status.message()),
                    AllOf(HasSubstr(method->name() + " needs the role "),
                          HasSubstr("me has the role " + RoleName(role))));
      }
    }
  }
}

TEST(MethodRulesTest, NobodySpeaksForAnotherClient) {
  int checked = 0;
  for (const Method method : ApiMethods()) {
    if (RuleOf(method)->client_field.empty()) continue;
    for (const Role role : Expected().at(method->name())) {
      ++checked;
      const absl::Status status =
          CheckPermission({role, "me"}, *RequestFrom(method, "clients/another"));
      EXPECT_TRUE(absl::IsPermissionDenied(status)) << method->name() << " " << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr("clients/another"));
      // A name that is none, or that is missing, is nobody's either.
      for (const char* name : {"", "me", "clients/me/../another", "clients/", "clients/me\n"}) {
        EXPECT_FALSE(CheckPermission({role, "me"}, *RequestFrom(method, name)).ok()) << name;
      }
    }
  }
  EXPECT_EQ(checked, 11);
}

TEST(MethodRulesTest, AClientRegistersAsWhatItIs) {
  v1::RegisterClientRequest request;
  request.mutable_client()->set_name("clients/me");
  request.mutable_client()->mutable_backend();
  EXPECT_TRUE(CheckPermission({kBackend, "me"}, request).ok());
  const absl::Status status = CheckPermission({kObserver, "me"}, request);
  EXPECT_TRUE(absl::IsPermissionDenied(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("needs the role backend"));
}

TEST(MethodRulesTest, WhatHasNoRowIsRefused) {
  EXPECT_TRUE(absl::IsInternal(CheckPermission({kOperator, "kim"}, v1::Client())));
}

}  // namespace
}  // namespace evoke
