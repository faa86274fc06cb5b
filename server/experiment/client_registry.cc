#include "server/experiment/client_registry.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/experiment/limits.h"
#include "server/experiment/spec.h"

namespace evoke {
namespace {

absl::Status Validate(const v1::Client& client) {
  EVOKE_RETURN_IF_ERROR(ParseClientName(client.name()).status());
  if (client.instance().empty() || client.instance().size() > 128) {
    return absl::InvalidArgumentError(
        "client.instance: give 1 to 128 bytes that differ in every process");
  }
  switch (client.role_case()) {
    case v1::Client::kDisplay: {
      const v1::Client::Display& d = client.display();
      if (!std::isfinite(d.refresh_hz()) || d.refresh_hz() <= 0 || d.width() < 1 ||
          d.height() < 1) {
        return absl::InvalidArgumentError(
            "client.display: refresh_hz, width and height must be positive");
      }
      return absl::OkStatus();
    }
    case v1::Client::kBackend:
      if (client.backend().units_size() > kMaxBackendUnits) {
        return absl::InvalidArgumentError(
            absl::StrCat("client.backend.units: more than ", kMaxBackendUnits));
      }
      return absl::OkStatus();
    case v1::Client::kObserver:
      return absl::OkStatus();
    default:
      return absl::InvalidArgumentError("client: is neither display, backend nor observer");
  }
}

}  // namespace

absl::StatusOr<ClientRegistry::Registered> ClientRegistry::Register(v1::Client client) {
  EVOKE_RETURN_IF_ERROR(Validate(client));
  client.set_state(v1::Client::STATE_LIVE);
  client.clear_trouble();
  *client.mutable_last_heartbeat_time() = ToProto(clock_->Now());
  MutexLock lock(&mutex_);
  const auto it = clients_.find(client.name());
  if (it == clients_.end() && clients_.size() >= kMaxClients) {
    return absl::ResourceExhaustedError(absl::StrCat("more than ", kMaxClients, " clients"));
  }
  const bool known = it != clients_.end();
  const bool replaced = known && it->second.client.instance() != client.instance();
  // A process that registers again, say for new channels, is in trouble until a heartbeat says
  // else.
  if (known && !replaced) client.set_trouble(it->second.client.trouble());
  clients_[client.name()] = {client, clock_->MonotonicNanos()};
  return Registered{std::move(client), replaced};
}

absl::StatusOr<ClientRegistry::Beat> ClientRegistry::Heartbeat(const std::string& name,
                                                               const std::string& instance,
                                                               const std::string& trouble) {
  MutexLock lock(&mutex_);
  const auto it = clients_.find(name);
  if (it == clients_.end()) {
    return absl::NotFoundError(absl::StrCat(name, ": not registered with this run of the server"));
  }
  Entry& entry = it->second;
  if (entry.client.instance() != instance) {
    return absl::FailedPreconditionError(
        absl::StrCat(name, ": another process has registered under this name; choose another one"));
  }
  const bool was_lost = entry.client.state() == v1::Client::STATE_LOST;
  const bool was_troubled = !entry.client.trouble().empty();
  Beat beat;
  beat.returned = (was_lost || was_troubled) && trouble.empty();
  beat.troubled = !trouble.empty() && entry.client.trouble() != trouble.substr(0, kMaxTrouble);
  entry.client.set_trouble(trouble.substr(0, kMaxTrouble));
  entry.last_heartbeat_nanos = clock_->MonotonicNanos();
  entry.client.set_state(v1::Client::STATE_LIVE);
  *entry.client.mutable_last_heartbeat_time() = ToProto(clock_->Now());
  return beat;
}

absl::StatusOr<v1::Client> ClientRegistry::Get(const std::string& name) const {
  MutexLock lock(&mutex_);
  const auto it = clients_.find(name);
  if (it == clients_.end()) {
    return absl::NotFoundError(absl::StrCat(name, ": not registered; call RegisterClient first"));
  }
  return it->second.client;
}

bool ClientRegistry::IsReady(const std::string& name) const {
  MutexLock lock(&mutex_);
  const auto it = clients_.find(name);
  return it != clients_.end() && it->second.client.state() == v1::Client::STATE_LIVE &&
         it->second.client.trouble().empty();
}

std::string ClientRegistry::Trouble(const std::string& name) const {
  MutexLock lock(&mutex_);
  const auto it = clients_.find(name);
  if (it == clients_.end() || it->second.client.state() != v1::Client::STATE_LIVE) return "";
  return it->second.client.trouble();
}

std::vector<v1::Client> ClientRegistry::List(const std::string& after, int limit) const {
  std::vector<v1::Client> clients;
  MutexLock lock(&mutex_);
  for (auto it = clients_.upper_bound(after);
       it != clients_.end() && static_cast<int>(clients.size()) < limit; ++it) {
    clients.push_back(it->second.client);
  }
  return clients;
}

std::vector<std::string> ClientRegistry::ExpireLost() {
  std::vector<std::string> lost;
  MutexLock lock(&mutex_);
  const int64_t oldest = clock_->MonotonicNanos() - absl::ToInt64Nanoseconds(timeout_);
  for (auto& [name, entry] : clients_) {
    if (entry.client.state() == v1::Client::STATE_LIVE && entry.last_heartbeat_nanos < oldest) {
      entry.client.set_state(v1::Client::STATE_LOST);
      lost.push_back(name);
    }
  }
  return lost;
}

void ClientRegistry::SetHeld(const std::string& display, const std::string& experiment,
                             absl::Duration time) {
  MutexLock lock(&mutex_);
  std::map<std::string, absl::Duration>& held = held_[display];
  if (time == absl::ZeroDuration()) {
    held.erase(experiment);
    if (held.empty()) held_.erase(display);
  } else {
    held[experiment] = time;
  }
}

absl::Duration ClientRegistry::HeldTime(const std::string& display) const {
  MutexLock lock(&mutex_);
  absl::Duration time;
  const auto it = held_.find(display);
  if (it == held_.end()) return time;
  for (const auto& [experiment, held] : it->second) time += held;
  return time;
}

bool ClientRegistry::Holds(const std::string& display, const std::string& experiment) const {
  MutexLock lock(&mutex_);
  const auto it = held_.find(display);
  return it != held_.end() && it->second.contains(experiment);
}

uint32_t ClientRegistry::NextSyncCode(const std::string& display) {
  MutexLock lock(&mutex_);
  uint32_t& code = sync_codes_[display];
  code = code >= 65535 ? 1 : code + 1;
  return code;
}

void ClientRegistry::RestoreSyncCode(const std::string& display, uint32_t code, absl::Time given) {
  MutexLock lock(&mutex_);
  const auto [it, first] = sync_codes_restored_.emplace(display, given);
  if (!first && it->second > given) return;
  it->second = given;
  sync_codes_[display] = code;
}

bool Offers(const v1::Client::Backend& backend, const std::string& unit) {
  const std::vector<std::string> parts = absl::StrSplit(unit, '@');
  for (const v1::Client::Unit& offered : backend.units()) {
    if (offered.electrode()) {
      uint32_t sorted_id;
      absl::string_view id = unit;
      if (absl::ConsumePrefix(&id, offered.name()) && absl::ConsumePrefix(&id, "/") &&
          (id == "mua" || absl::SimpleAtoi(id, &sorted_id))) {
        return true;
      }
      continue;
    }
    if (offered.name() == unit) return true;
    if (parts.size() != 2 || offered.name() != parts[0]) continue;
    const std::vector<std::string> position = absl::StrSplit(parts[1], ',');
    int row, col;
    return position.size() == 2 && absl::SimpleAtoi(position[0], &row) &&
           absl::SimpleAtoi(position[1], &col) && row >= 0 && row < offered.rows() && col >= 0 &&
           col < offered.cols();
  }
  return false;
}

}  // namespace evoke
