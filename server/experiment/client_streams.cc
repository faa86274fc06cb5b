#include "server/experiment/client_streams.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace evoke {

void ClientStreams::Add(std::shared_ptr<const DisplayStream> stream) {
  std::erase_if(displays_, [&](const auto& s) { return s->display == stream->display; });
  displays_.push_back(std::move(stream));
}

void ClientStreams::Add(std::shared_ptr<const BackendStream> stream) {
  auto& streams = stream->observer ? observers_ : backends_;
  std::erase_if(streams, [&](const auto& s) { return s->backend == stream->backend; });
  streams.push_back(std::move(stream));
}

bool ClientStreams::Remove(const void* stream) {
  const auto is_it = [&](const auto& s) { return s.get() == stream; };
  std::erase_if(displays_, is_it);
  std::erase_if(observers_, is_it);
  return std::erase_if(backends_, is_it) > 0;
}

const BackendStream* ClientStreams::ChosenBackend(const v1::ObjectiveSpec& objective) const {
  for (const auto& stream : backends_) {
    const absl::StatusOr<v1::Client> client = clients_->Get(stream->backend);
    if (!client.ok() || !clients_->IsReady(stream->backend)) continue;
    if (std::all_of(objective.units().begin(), objective.units().end(),
                    [&](const auto& u) { return Offers(client->backend(), u.unit()); })) {
      return stream.get();
    }
  }
  return nullptr;
}

std::string ClientStreams::Missing(const v1::ObjectiveSpec& objective,
                                   v1::Experiment::PauseCause* cause) const {
  *cause = v1::Experiment::PAUSE_CAUSE_NO_DISPLAY;
  if (std::none_of(displays_.begin(), displays_.end(),
                   [&](const auto& s) { return clients_->IsReady(s->display); })) {
    for (const auto& stream : displays_) {
      const std::string trouble = clients_->Trouble(stream->display);
      if (!trouble.empty()) return absl::StrCat(stream->display, ": ", trouble);
    }
    return "no display is connected; start evoke-display";
  }
  *cause = v1::Experiment::PAUSE_CAUSE_NO_BACKEND;
  if (ChosenBackend(objective) != nullptr) {
    *cause = v1::Experiment::PAUSE_CAUSE_UNSPECIFIED;
    return "";
  }
  if (backends_.empty()) {
    return "no response backend is connected; start evoke-sim or a recording rig's adapter";
  }
  for (const auto& stream : backends_) {
    const absl::StatusOr<v1::Client> client = clients_->Get(stream->backend);
    if (client.ok() && !client->trouble().empty()) {
      return absl::StrCat(stream->backend, ": ", client->trouble());
    }
  }
  std::string units;
  for (const auto& u : objective.units()) {
    absl::StrAppend(&units, units.empty() ? "" : ", ", u.unit());
  }
  return absl::StrCat("no connected backend answers for ", units);
}

}  // namespace evoke
