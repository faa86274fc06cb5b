// What a program wants to be searched, and how.
#ifndef EVOKE_CLIENTS_OPTIMIZE_SEARCH_REQUEST_H_
#define EVOKE_CLIENTS_OPTIMIZE_SEARCH_REQUEST_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "evoke/v1/experiment.pb.h"
#include "nlohmann/json.hpp"
#include "server/latent/latent_space.h"

namespace evoke {

struct SearchRequest {
  // The space is either written down, or that of a generator.
  std::optional<LatentSpace> space;
  std::string generator;  // by name; empty: none
  v1::OptimizerSpec optimizer;
};

// Reads {"command": "start", "space": ... or "generator": "NAME", "method": ..., "seed": N}:
//   space      evoke.v1.LatentSpace in JSON
//   method     a name (genetic, cma_es, ...; auto), or evoke.v1.OptimizerSpec in JSON, as in an
//              experiment's file, less what only an experiment has (budget, stop rules); auto if
//              it is missing
//   seed       a whole number, unless it stands in the method; 0 if it is missing
// With neither space nor generator, `default_generator` is taken. INVALID_ARGUMENT names the field.
absl::StatusOr<SearchRequest> ReadSearchRequest(const nlohmann::json& message,
                                                const std::string& default_generator);

// auto, and the names that a method may have: "tt_cross, random_search, ...".
std::string MethodNames();

}  // namespace evoke

#endif  // EVOKE_CLIENTS_OPTIMIZE_SEARCH_REQUEST_H_
