#include "clients/optimize/search_request.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/optimize/json_message.h"
#include "common/status_macros.h"
#include "google/protobuf/descriptor.h"
#include "server/latent/latent_proto.h"

namespace evoke {
namespace {

using nlohmann::json;

constexpr int kMostDimensions = 65536;

const google::protobuf::OneofDescriptor& Algorithms() {
  return *v1::OptimizerSpec::descriptor()->FindOneofByName("algorithm");
}

absl::StatusOr<LatentSpace> ReadSpace(const json& message) {
  v1::LatentSpace proto;
  EVOKE_RETURN_IF_ERROR(ProtoField(message, "space", &proto));
  int64_t size = 0;
  for (int i = 0; i < proto.dimensions_size(); ++i) {
    const v1::LatentSpace::Dimension& dimension = proto.dimensions(i);
    const std::string name = absl::StrCat("space.dimensions[", i, "]");
    if (dimension.kind_case() == v1::LatentSpace::Dimension::KIND_NOT_SET) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ": needs a kind, \"continuous\" or \"categorical\""));
    }
    if (dimension.repeat() < 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ".repeat: ", dimension.repeat(), "; needs at least 1"));
    }
    size += std::max(1, dimension.repeat());
  }
  // Before they are written out.
  if (size > kMostDimensions) {
    return absl::InvalidArgumentError(
        absl::StrCat("space: has ", size, " dimensions; at most ", kMostDimensions));
  }
  LatentSpace space = FromProto(proto);
  if (const absl::Status status = space.Validate(); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("space: ", status.message()));
  }
  return space;
}

absl::Status UseMethod(const std::string& name, v1::OptimizerSpec& optimizer) {
  if (name == "auto") {
    optimizer.mutable_model_search();
    return absl::OkStatus();
  }
  for (int i = 0; i < Algorithms().field_count(); ++i) {
    if (Algorithms().field(i)->name() == name) {
      optimizer.GetReflection()->MutableMessage(&optimizer, Algorithms().field(i));
      return absl::OkStatus();
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("method: no ", name, "; there are ", MethodNames()));
}

// Of a spec, what describes a method; the rest is an experiment's.
absl::Status CheckMethod(const v1::OptimizerSpec& optimizer) {
  std::vector<const google::protobuf::FieldDescriptor*> set;
  optimizer.GetReflection()->ListFields(optimizer, &set);
  for (const auto* field : set) {
    if (field->containing_oneof() != &Algorithms() && field->name() != "seed" &&
        field->name() != "replicate_share") {
      return absl::InvalidArgumentError(absl::StrCat(
          "method.", field->name(), ": is for experiments; here your program decides when to end"));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadMethod(const json& message, v1::OptimizerSpec& optimizer) {
  const auto method = message.find("method");
  if (method == message.end()) return UseMethod("auto", optimizer);
  if (method->is_string()) return UseMethod(method->get<std::string>(), optimizer);
  EVOKE_RETURN_IF_ERROR(ProtoField(message, "method", &optimizer));
  return CheckMethod(optimizer);
}

absl::Status ReadSeed(const json& message, v1::OptimizerSpec& optimizer) {
  const auto seed = message.find("seed");
  if (seed == message.end()) return absl::OkStatus();
  if (!seed->is_number_unsigned()) {
    return absl::InvalidArgumentError("seed: needs a whole number from 0 to 2^64 - 1");
  }
  if (optimizer.seed() != 0) {
    return absl::InvalidArgumentError("seed: stands in the method too; remove one of them");
  }
  optimizer.set_seed(seed->get<uint64_t>());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SearchRequest> ReadSearchRequest(const json& message,
                                                const std::string& default_generator) {
  EVOKE_RETURN_IF_ERROR(CheckFields(message, {"command", "space", "generator", "method", "seed"}));
  SearchRequest request;
  EVOKE_ASSIGN_OR_RETURN(request.generator, TextField(message, "generator"));
  if (message.contains("space")) {
    if (message.contains("generator")) {
      return absl::InvalidArgumentError(
          "space: that of the generator is searched; give one of space and generator");
    }
    EVOKE_ASSIGN_OR_RETURN(request.space, ReadSpace(message));
  } else if (request.generator.empty()) {
    request.generator = default_generator;
    if (request.generator.empty()) {
      return absl::InvalidArgumentError("space: missing; give a space, or a generator");
    }
  }
  EVOKE_RETURN_IF_ERROR(ReadMethod(message, request.optimizer));
  EVOKE_RETURN_IF_ERROR(ReadSeed(message, request.optimizer));
  return request;
}

std::string MethodNames() {
  std::string names = "auto";
  for (int i = 0; i < Algorithms().field_count(); ++i) {
    absl::StrAppend(&names, ", ", Algorithms().field(i)->name());
  }
  return names;
}

}  // namespace evoke
