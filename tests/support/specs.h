// Experiments and reports that tests start from.
#ifndef EVOKE_TESTS_SUPPORT_SPECS_H_
#define EVOKE_TESTS_SUPPORT_SPECS_H_

#include <string>

#include "evoke/v1/experiment.pb.h"
#include "evoke/v1/trial.pb.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace evoke {

// Parses a text-format message; a syntax error fails the test.
template <typename Message>
Message ParseText(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// A small valid experiment with the fake generator: 24 candidate trials for unit a/0.
inline v1::Experiment SmallSpec() {
  return ParseText<v1::Experiment>(R"pb(
    optimizer {
      seed: 7
      max_candidate_trials: 24
      random_search { batch_size: 4 }
    }
    generator { model: "fake" }
    presentation {
      on_duration { nanos: 50000000 }
      off_duration { nanos: 50000000 }
    }
    objective {
      units { unit: "a/0" }
      latency_window {
        start {}
        end { nanos: 100000000 }
      }
    }
  )pb");
}

inline v1::Presentation CompletedPresentation(const std::string& display) {
  v1::Presentation p;
  p.mutable_onset()->set_local_nanos(1000);
  p.mutable_offset()->set_local_nanos(2000);
  p.set_frames(3);
  p.set_onset_source(v1::Presentation::ONSET_SOURCE_SWAP_ESTIMATE);
  p.set_display(display);
  p.set_outcome(v1::Presentation::OUTCOME_COMPLETED);
  return p;
}

inline v1::Response CountsOf(const std::string& unit, uint32_t count,
                             const std::string& backend = "clients/sim") {
  v1::Response r;
  r.add_units(unit);
  r.add_spike_counts(count);
  r.set_backend(backend);
  return r;
}

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_SPECS_H_
