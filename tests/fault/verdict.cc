#include "tests/fault/verdict.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "server/ledger/ledger.h"

namespace evoke {
namespace {

constexpr int kPage = 1000;

using Key = std::tuple<std::string, int, bool>;  // trial, attempt, response

// What the record has of reports.
struct Recorded {
  std::map<Key, int> counted;  // how often a report changed a trial
  std::set<Key> late;
};

Recorded ReportsOf(absl::Span<const v1::ExperimentEvent> events) {
  Recorded recorded;
  for (const v1::ExperimentEvent& event : events) {
    if (event.has_late_report()) {
      const v1::LateReport& late = event.late_report();
      recorded.late.insert({late.trial(), late.attempt(), late.has_response()});
    }
    if (!event.has_trial()) continue;
    const v1::Trial& trial = event.trial();
    // A trial's event holds the presentation from its report on, and the response likewise.
    const bool answered = trial.has_response();
    if (answered || trial.has_presentation()) {
      const bool failed_later = trial.state() == v1::Trial::STATE_PENDING && !answered &&
                                recorded.counted.contains({trial.name(), trial.attempt(), false});
      if (!failed_later) ++recorded.counted[{trial.name(), trial.attempt(), answered}];
    }
  }
  return recorded;
}

std::map<std::string, v1::Trial> LastTrials(absl::Span<const v1::ExperimentEvent> events) {
  std::map<std::string, v1::Trial> trials;
  for (const v1::ExperimentEvent& event : events) {
    if (event.has_trial()) trials[event.trial().name()] = event.trial();
    for (const v1::Trial& planned : event.generation().trials()) {
      if (event.generation().state() == v1::Generation::STATE_PLANNED) {
        trials[planned.name()] = planned;
      }
    }
  }
  return trials;
}

// What two runs have to agree in, one line each.
std::set<std::string> AnswersOf(absl::Span<const v1::ExperimentEvent> events) {
  std::set<std::string> answers;
  for (const auto& [name, trial] : LastTrials(events)) {
    answers.insert(absl::StrCat(trial.stimulus(), " repeat ", trial.repeat(), " ",
                                v1::Trial::State_Name(trial.state()), " ",
                                absl::StrJoin(trial.response().units(), ","), " counts ",
                                absl::StrJoin(trial.response().spike_counts(), ",")));
  }
  return answers;
}

std::string RecommendationOf(absl::Span<const v1::ExperimentEvent> events) {
  v1::Experiment last;
  for (const v1::ExperimentEvent& event : events) {
    if (event.has_experiment()) last = event.experiment();
  }
  return absl::StrCat(v1::Experiment::State_Name(last.state()), "; ",
                      last.progress().best().ShortDebugString());
}

}  // namespace

std::vector<Acknowledgement> ReadAcknowledgements(const std::string& log_path, bool responses) {
  static const std::regex line_of("acknowledged: (\\S+) attempt (\\d+) (DISPOSITION_[A-Z]+)");
  std::vector<Acknowledgement> acknowledged;
  std::ifstream log(log_path);
  std::string line;
  while (std::getline(log, line)) {
    std::smatch match;
    Acknowledgement one;
    if (!std::regex_search(line, match, line_of)) continue;
    one.trial = match[1];
    one.attempt = std::stoi(match[2]);
    one.response = responses;
    v1::ReportResult::Disposition_Parse(match[3], &one.disposition);
    acknowledged.push_back(std::move(one));
  }
  return acknowledged;
}

absl::StatusOr<std::vector<v1::ExperimentEvent>> ReadLedger(const std::string& path,
                                                            const std::string& experiment) {
  EVOKE_ASSIGN_OR_RETURN(const std::unique_ptr<Ledger> ledger, OpenSqliteLedger(path));
  std::vector<v1::ExperimentEvent> all;
  while (true) {
    EVOKE_ASSIGN_OR_RETURN(const std::vector<v1::ExperimentEvent> page,
                           ledger->ReadEvents(experiment, static_cast<int64_t>(all.size()), kPage));
    if (page.empty()) return all;
    all.insert(all.end(), page.begin(), page.end());
  }
}

Verdict Judge(absl::Span<const v1::ExperimentEvent> events,
              absl::Span<const v1::ExperimentEvent> whole,
              absl::Span<const Acknowledgement> acknowledged,
              absl::Span<const v1::ExperimentEvent> told) {
  Verdict verdict;
  const Recorded recorded = ReportsOf(events);
  for (const Acknowledgement& one : acknowledged) {
    const Key key = {one.trial, one.attempt, one.response};
    const bool counted = recorded.counted.contains(key);
    bool there = true;
    switch (one.disposition) {
      case v1::ReportResult::DISPOSITION_ACCEPTED:
        there = counted;
        break;
      case v1::ReportResult::DISPOSITION_LATE:
        there = recorded.late.contains(key);
        break;
      case v1::ReportResult::DISPOSITION_DUPLICATE:
        there = counted || recorded.late.contains(key);
        break;
      default:
        break;  // not recorded, and said so
    }
    if (there) continue;
    verdict.lost.push_back(absl::StrCat(one.trial, " attempt ", one.attempt,
                                        one.response ? ": the response" : ": the presentation",
                                        " is not in the ledger"));
  }
  for (size_t i = 0; i < told.size(); ++i) {
    if (i < events.size() && told[i].SerializeAsString() == events[i].SerializeAsString()) continue;
    verdict.lost.push_back(
        absl::StrCat("event ", i + 1, ", which a watcher was told of, is not in the ledger"));
    break;
  }

  for (const auto& [key, times] : recorded.counted) {
    if (times == 1) continue;
    verdict.doubled.push_back(absl::StrCat(std::get<0>(key), " attempt ", std::get<1>(key), ": ",
                                           std::get<2>(key) ? "a response" : "a presentation",
                                           " counted ", times, " times"));
  }
  std::map<std::string, int> scored;
  for (const v1::ExperimentEvent& event : events) {
    if (event.has_trial() && event.trial().state() == v1::Trial::STATE_SUCCEEDED) {
      ++scored[event.trial().name()];
    }
  }
  for (const auto& [name, times] : scored) {
    if (times > 1) verdict.doubled.push_back(absl::StrCat(name, " scored ", times, " times"));
  }

  const std::set<std::string> expected = AnswersOf(whole), found = AnswersOf(events);
  std::set_difference(expected.begin(), expected.end(), found.begin(), found.end(),
                      std::back_inserter(verdict.diverged));
  if (const std::string ours = RecommendationOf(events), theirs = RecommendationOf(whole);
      ours != theirs) {
    verdict.diverged.push_back(absl::StrCat("recommends ", ours, "; without a fault: ", theirs));
  }
  if (found.size() != expected.size()) {
    verdict.diverged.push_back(
        absl::StrCat(found.size(), " answers; without a fault ", expected.size()));
  }
  return verdict;
}

}  // namespace evoke
