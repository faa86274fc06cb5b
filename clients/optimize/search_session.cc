#include "clients/optimize/search_session.h"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/optimize/json_message.h"
#include "clients/optimize/search_request.h"
#include "common/status_macros.h"
#include "google/protobuf/util/json_util.h"
#include "server/latent/latent_proto.h"
#include "server/optimizer/optimizer_spec.h"

namespace evoke {
namespace {

using nlohmann::json;

constexpr double kLost = std::numeric_limits<double>::quiet_NaN();

json SpaceJson(const LatentSpace& space) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  // Of numbers and enumerators, which always have a JSON form.
  (void)google::protobuf::util::MessageToJsonString(ToProto(space), &text, options);
  return json::parse(text);
}

// As many as there are scores; without the field, `missing` for each.
absl::StatusOr<std::vector<double>> NumbersPerScore(const json& message, const char* field,
                                                    size_t scores, double missing) {
  if (!message.contains(field)) return std::vector<double>(scores, missing);
  EVOKE_ASSIGN_OR_RETURN(std::vector<double> numbers, NumbersField(message, field, missing));
  if (numbers.size() != scores) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s: %d numbers for %d scores; give one for each", field, numbers.size(), scores));
  }
  return numbers;
}

absl::StatusOr<std::vector<Observation>> ReadObservations(const json& message) {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<double> scores, NumbersField(message, "scores", kLost));
  EVOKE_ASSIGN_OR_RETURN(const std::vector<double> variances,
                         NumbersPerScore(message, "variances", scores.size(), 0));
  EVOKE_ASSIGN_OR_RETURN(const std::vector<double> trials,
                         NumbersPerScore(message, "trials", scores.size(), 1));
  std::vector<Observation> observations;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!(trials[i] >= 0 && trials[i] <= 1e6 && trials[i] == std::floor(trials[i]))) {
      return absl::InvalidArgumentError(
          absl::StrFormat("trials[%d]: %g; needs a whole number from 0 to 1000000", i, trials[i]));
    }
    if (std::isnan(scores[i])) {
      observations.push_back({.trials = 0});
    } else {
      observations.push_back(
          {.score = scores[i], .variance = variances[i], .trials = static_cast<int>(trials[i])});
    }
  }
  return observations;
}

// The error of a field that the optimizer or the generator refuses.
absl::Status Of(const char* field, const absl::Status& status) {
  return status.ok() ? status
                     : absl::Status(status.code(), absl::StrCat(field, ": ", status.message()));
}

}  // namespace

std::string SearchSession::Answer(const std::string& line) {
  absl::StatusOr<Json> answer = Perform(line);
  if (!answer.ok()) {
    answer = Json{{"error", std::string(answer.status().message())},
                  {"code", absl::StatusCodeToString(answer.status().code())}};
  }
  // Messages quote what they were sent, which may be no UTF-8.
  return answer->dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<nlohmann::json> SearchSession::Perform(const std::string& line) {
  EVOKE_ASSIGN_OR_RETURN(const Json message, ParseMessage(line));
  EVOKE_ASSIGN_OR_RETURN(const std::string command, TextField(message, "command"));
  if (command == "start") return Start(message);
  const auto known = {"start", "ask", "tell", "adopt", "best", "decode"};
  if (std::find(known.begin(), known.end(), command) == known.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("command: no ", command.empty() ? "command" : command,
                     "; there are start, ask, tell, adopt, best, decode"));
  }
  if (optimizer_ == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("command: ", command, " before a search was started; send start first"));
  }
  if (command == "ask") return Ask(message);
  if (command == "tell") return Tell(message);
  if (command == "adopt") return Adopt(message);
  if (command == "best") return Best(message);
  return Decode(message);
}

absl::StatusOr<nlohmann::json> SearchSession::Start(const Json& message) {
  EVOKE_ASSIGN_OR_RETURN(SearchRequest request, ReadSearchRequest(message, default_generator_));
  std::shared_ptr<const Generator> generator;
  if (!request.space) {
    absl::StatusOr<std::unique_ptr<Generator>> loaded = load_generator_(request.generator);
    if (!loaded.ok()) return Of("generator", loaded.status());
    generator = *std::move(loaded);
    request.space = generator->latent_space();
  }
  absl::StatusOr<std::unique_ptr<Optimizer>> optimizer =
      CreateOptimizer(request.optimizer, *request.space, generator);
  if (!optimizer.ok()) return Of("method", optimizer.status());
  generator_ = std::move(generator);
  optimizer_ = *std::move(optimizer);
  return Json{{"space", SpaceJson(*request.space)}};
}

absl::StatusOr<nlohmann::json> SearchSession::Ask(const Json& message) {
  EVOKE_RETURN_IF_ERROR(CheckFields(message, {"command"}));
  EVOKE_ASSIGN_OR_RETURN(const std::vector<LatentPoint> points, optimizer_->Ask());
  return Json{{"points", points}};
}

absl::StatusOr<nlohmann::json> SearchSession::Tell(const Json& message) {
  EVOKE_RETURN_IF_ERROR(CheckFields(message, {"command", "scores", "variances", "trials"}));
  EVOKE_ASSIGN_OR_RETURN(const std::vector<Observation> observations, ReadObservations(message));
  EVOKE_RETURN_IF_ERROR(Of("scores", optimizer_->Tell(observations)));
  return Json{{"told", observations.size()}};
}

absl::StatusOr<nlohmann::json> SearchSession::Adopt(const Json& message) {
  EVOKE_RETURN_IF_ERROR(CheckFields(message, {"command", "points"}));
  EVOKE_ASSIGN_OR_RETURN(const std::vector<LatentPoint> points, PointsField(message, "points"));
  EVOKE_RETURN_IF_ERROR(Of("points", optimizer_->Adopt(points)));
  return Json{{"adopted", points.size()}};
}

absl::StatusOr<nlohmann::json> SearchSession::Best(const Json& message) {
  EVOKE_RETURN_IF_ERROR(CheckFields(message, {"command"}));
  EVOKE_ASSIGN_OR_RETURN(const Recommendation best, optimizer_->Best());
  return Json{
      {"point", best.point}, {"score", best.score}, {"standard_error", best.standard_error}};
}

absl::StatusOr<nlohmann::json> SearchSession::Decode(const Json& message) {
  EVOKE_RETURN_IF_ERROR(CheckFields(message, {"command", "points"}));
  if (generator_ == nullptr) {
    return absl::FailedPreconditionError(
        "command: decode needs a generator; start the search with one");
  }
  EVOKE_ASSIGN_OR_RETURN(const std::vector<LatentPoint> points, PointsField(message, "points"));
  const absl::StatusOr<std::vector<Image>> images = generator_->Decode(points);
  if (!images.ok()) return Of("points", images.status());
  Json rgb = Json::array();
  for (const Image& image : *images) {
    rgb.push_back(absl::Base64Escape(
        absl::string_view(reinterpret_cast<const char*>(image.rgb.data()), image.rgb.size())));
  }
  return Json{{"width", generator_->image_width()},
              {"height", generator_->image_height()},
              {"rgb", std::move(rgb)}};
}

}  // namespace evoke
