// How values look in the columns that people read.
#ifndef EVOKE_SERVER_LEDGER_SQLITE_COLUMNS_H_
#define EVOKE_SERVER_LEDGER_SQLITE_COLUMNS_H_

#include <string>

#include "evoke/v1/event.pb.h"

namespace evoke {

// "2026-03-01T12:30:00.123456Z".
std::string TimeText(const google::protobuf::Timestamp& time);

// Enumeration values without their prefix: "ACTIVE", "CANDIDATE". A value unknown to us: its
// number.
std::string StateText(v1::Experiment::State state);
std::string StateText(v1::Trial::State state);
std::string KindText(v1::Trial::Kind kind);

// Which change an event carries: "experiment", "generation", "trial", "late_report", "comment".
std::string KindText(const v1::ExperimentEvent& event);
// "latent", "reference", "blank".
std::string SourceText(const v1::Stimulus& stimulus);

// JSON arrays. Numbers that JSON lacks (NaN, infinities) become null.
std::string JsonText(const google::protobuf::RepeatedPtrField<std::string>& values);
std::string JsonText(const google::protobuf::RepeatedField<uint32_t>& values);
std::string JsonText(const google::protobuf::RepeatedField<double>& values);

// The last part of a resource name.
std::string IdText(const std::string& name);

}  // namespace evoke

#endif  // EVOKE_SERVER_LEDGER_SQLITE_COLUMNS_H_
