// One program's conversation with an optimizer.
#ifndef EVOKE_CLIENTS_OPTIMIZE_SEARCH_SESSION_H_
#define EVOKE_CLIENTS_OPTIMIZE_SEARCH_SESSION_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "server/generator/generator.h"
#include "server/optimizer/optimizer.h"

namespace evoke {

// Not thread-safe.
//
//   start    begins a search (see ReadSearchRequest()); a later one begins anew
//            -> {"space": ...}
//   ask      -> {"points": [[...], ...]}, the same until they are told
//   tell     "scores": one for each point, null if its answer was lost; optional "variances" (of
//            each score; 0) and "trials" (that each is the mean of; 1)
//            -> {"told": N}
//   adopt    "points": were shown instead of those asked; tell is then about them
//            -> {"adopted": N}
//   best     -> {"point": [...], "score": S, "standard_error": E}, an estimate
//   decode   "points": their images, with a generator
//            -> {"width": W, "height": H, "rgb": [...]}: base64 of height x width x 3 bytes each
//
// Whatever fails is answered by {"error": "FIELD: what is wrong", "code": "INVALID_ARGUMENT"} and
// leaves all as it was. RESOURCE_EXHAUSTED: the method has nothing left to propose.
class SearchSession {
 public:
  // As LoadGenerator(), with the folder known.
  using GeneratorLoader =
      std::function<absl::StatusOr<std::unique_ptr<Generator>>(const std::string& model)>;

  // `default_generator`: of a start that names neither generator nor space; may be empty.
  SearchSession(GeneratorLoader load_generator, std::string default_generator)
      : load_generator_(std::move(load_generator)),
        default_generator_(std::move(default_generator)) {}

  // The answer, one line without its end.
  std::string Answer(const std::string& line);

 private:
  using Json = nlohmann::json;

  absl::StatusOr<Json> Perform(const std::string& line);
  absl::StatusOr<Json> Start(const Json& message);
  absl::StatusOr<Json> Ask(const Json& message);
  absl::StatusOr<Json> Tell(const Json& message);
  absl::StatusOr<Json> Adopt(const Json& message);
  absl::StatusOr<Json> Best(const Json& message);
  absl::StatusOr<Json> Decode(const Json& message);

  const GeneratorLoader load_generator_;
  const std::string default_generator_;
  std::shared_ptr<const Generator> generator_;  // the optimizer's too; null: none
  std::unique_ptr<Optimizer> optimizer_;        // null before the start
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_OPTIMIZE_SEARCH_SESSION_H_
