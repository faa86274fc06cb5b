#include "tests/fault/faults.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status_macros.h"
#include "tests/fault/ledger_file.h"
#include "tests/fault/rogue.h"

namespace evoke {
namespace {

// Longer than a lease, a response and a heartbeat may take.
constexpr double kTooLongSeconds =
    0.3 + std::max({kLeaseSeconds, kResponseSeconds, kClientSeconds});

absl::Duration Between(double low_s, double high_s, Rng& rng) {
  return absl::Seconds(rng.Uniform(low_s, high_s));
}

// ---- processes ----

template <Program program>
absl::Status Kill(Stage& stage, Rng& rng) {
  stage.programs().Kill(program);
  absl::SleepFor(Between(0, 0.3, rng));
  return stage.programs().Start(program);
}

template <Program program>
absl::Status End(Stage& stage, Rng& rng) {
  EVOKE_RETURN_IF_ERROR(stage.programs().End(program));
  absl::SleepFor(Between(0, 0.3, rng));
  return stage.programs().Start(program);
}

template <Program program>
absl::Status Freeze(Stage& stage, Rng& rng) {
  stage.programs().Freeze(program, Between(kTooLongSeconds, kTooLongSeconds + 0.5, rng));
  return absl::OkStatus();
}

absl::Status KillAnything(Stage& stage, Rng& rng) {
  switch (rng.Index(6)) {
    case 0:
      return Kill<Program::kServer>(stage, rng);
    case 1:
      return Kill<Program::kDisplay>(stage, rng);
    case 2:
      return Kill<Program::kBackend>(stage, rng);
    case 3:
      return Freeze<Program::kDisplay>(stage, rng);
    case 4:
      return Freeze<Program::kBackend>(stage, rng);
    default:
      return End<Program::kServer>(stage, rng);
  }
}

// ---- the ledger ----

absl::Status FillDisk(Stage& stage, Rng& rng) {
  EVOKE_RETURN_IF_ERROR(stage.disk()->Fill());
  const absl::Status paused =
      stage.watch().WaitState(v1::Experiment::STATE_PAUSED, "full", absl::Seconds(10));
  if (paused.ok()) absl::SleepFor(Between(0, 1, rng));
  EVOKE_RETURN_IF_ERROR(stage.disk()->Free());
  return paused;
}

absl::Status MakeDiskReadOnly(Stage& stage, Rng& rng) {
  EVOKE_RETURN_IF_ERROR(stage.programs().End(Program::kServer));
  EVOKE_RETURN_IF_ERROR(stage.disk()->SetReadOnly(true));
  const absl::Status refused = stage.programs().Start(Program::kServer);
  EVOKE_RETURN_IF_ERROR(stage.disk()->SetReadOnly(false));
  // Whether it is the lock or the database that can't be written.
  if (!absl::StrContains(absl::AsciiStrToLower(refused.message()), "read-only")) {
    return absl::InternalError(
        absl::StrCat("with a read-only ledger the server said: ", refused.message()));
  }
  absl::SleepFor(Between(0, 0.3, rng));
  return stage.programs().Start(Program::kServer);
}

// A power cut amid a write: what was not acknowledged yet is there in part.
absl::Status Tear(Stage& stage, Rng& rng) {
  TcpProxy* const links[] = {stage.display_link(), stage.backend_link(), stage.watch_link()};
  // The log can be moved into the main file just then, or nothing happens meanwhile.
  for (int tries = 0; tries < 3; ++tries) {
    // Amid the work, not while clients are still on their way to a server that is back.
    EVOKE_RETURN_IF_ERROR(stage.watch().WaitScored(stage.watch().scored() + 1, absl::Seconds(30)));
    // From here on nobody hears of what is recorded.
    for (TcpProxy* link : links) link->Set({.stalled_to_client = true});
    const LogMark safe = ReadLogMark(stage.ledger());
    // At the latest, leases run out, which is recorded too.
    const absl::Time limit = absl::Now() + absl::Seconds(3);
    while (ReadLogMark(stage.ledger()).end <= safe.end && absl::Now() < limit) {
      absl::SleepFor(absl::Milliseconds(5));
    }
    absl::SleepFor(Between(0, 0.2, rng));
    stage.programs().Kill(Program::kServer);
    const absl::StatusOr<int64_t> torn = TearLog(stage.ledger(), safe, rng);
    for (TcpProxy* link : links) {
      link->Cut();
      link->Set({});
    }
    EVOKE_RETURN_IF_ERROR(torn.status());
    EVOKE_RETURN_IF_ERROR(stage.programs().Start(Program::kServer));
    if (*torn > 0) return absl::OkStatus();
  }
  return absl::FailedPreconditionError("nothing was being written");
}

absl::Status Damage(Stage& stage, Rng& rng) {
  EVOKE_RETURN_IF_ERROR(stage.programs().End(Program::kServer));
  const std::string backup = stage.ledger() + ".backup";
  EVOKE_RETURN_IF_ERROR(CopyLedger(stage.ledger(), backup));
  EVOKE_ASSIGN_OR_RETURN(const int64_t sequence, DamageEvent(stage.ledger(), rng));
  const absl::Status refused = stage.programs().Start(Program::kServer);
  const std::string name = absl::StrCat("event ", sequence, " of experiments/fault");
  if (!absl::StrContains(refused.message(), name) ||
      !absl::StrContains(refused.message(), "damaged")) {
    return absl::InternalError(
        absl::StrCat("with a damaged ", name, " the server said: ", refused.message()));
  }
  EVOKE_RETURN_IF_ERROR(CopyLedger(backup, stage.ledger()));
  return stage.programs().Start(Program::kServer);
}

// ---- the network ----

// That of the display, of the backend, or both.
std::vector<TcpProxy*> SomeLinks(Stage& stage, Rng& rng) {
  switch (rng.Index(3)) {
    case 0:
      return {stage.display_link()};
    case 1:
      return {stage.backend_link()};
    default:
      return {stage.display_link(), stage.backend_link()};
  }
}

// For a while.
absl::Status SetFor(const std::vector<TcpProxy*>& links, const TcpProxy::Conditions& conditions,
                    absl::Duration time) {
  for (TcpProxy* link : links) link->Set(conditions);
  absl::SleepFor(time);
  for (TcpProxy* link : links) link->Set({});
  return absl::OkStatus();
}

absl::Status Delay(Stage& stage, Rng& rng) {
  return SetFor(SomeLinks(stage, rng), {.delay = Between(0.02, 0.4, rng)}, Between(1, 2.5, rng));
}

absl::Status Throttle(Stage& stage, Rng& rng) {
  return SetFor(SomeLinks(stage, rng),
                {.bytes_per_second = static_cast<int64_t>(rng.Uniform(1000, 20000))},
                Between(1, 2.5, rng));
}

absl::Status Stall(Stage& stage, Rng& rng) {
  const int which = rng.Index(3);
  return SetFor(SomeLinks(stage, rng),
                {.stalled_to_server = which != 0, .stalled_to_client = which != 1},
                Between(0.3, kTooLongSeconds + 1, rng));
}

absl::Status Cut(Stage& stage, Rng& rng) {
  const std::vector<TcpProxy*> links = SomeLinks(stage, rng);
  const int cuts = 1 + rng.Index(5);
  for (int i = 0; i < cuts; ++i) {
    for (TcpProxy* link : links) link->Cut();
    absl::SleepFor(Between(0, 0.2, rng));
  }
  return absl::OkStatus();
}

absl::Status Refuse(Stage& stage, Rng& rng) {
  const std::vector<TcpProxy*> links = SomeLinks(stage, rng);
  for (TcpProxy* link : links) {
    link->Set({.refusing = true});
    link->Cut();
  }
  return SetFor(links, {.refusing = true}, Between(0.1, kTooLongSeconds, rng));
}

absl::Status HalfOpen(Stage& stage, Rng& rng) {
  constexpr TcpProxy::End kEnds[] = {TcpProxy::End::kClient, TcpProxy::End::kServer,
                                     TcpProxy::End::kNeither};
  for (TcpProxy* link : SomeLinks(stage, rng)) link->ForgetConnections(kEnds[rng.Index(3)]);
  return absl::OkStatus();
}

absl::Status TakeLinkDown(Stage& stage, Rng& rng) {
  EVOKE_RETURN_IF_ERROR(stage.link()->Down());
  absl::SleepFor(Between(0.1, kTooLongSeconds + 1, rng));
  return stage.link()->Up();
}

// ---- what clients send ----

// Until the relay has done what it is to do. FAILED_PRECONDITION: it came to nothing.
absl::Status WaitForRelay(const Relay& relay, int (Relay::*count)() const, int at_least) {
  for (int i = 0; i < 500; ++i) {
    if ((relay.*count)() >= at_least) return absl::OkStatus();
    absl::SleepFor(absl::Milliseconds(20));
  }
  return absl::FailedPreconditionError("the experiment ended first");
}

absl::Status SendTwice(Stage& stage, Rng&) {
  const int before = stage.relay()->sent_twice();
  stage.relay()->SendTwice();
  return WaitForRelay(*stage.relay(), &Relay::sent_twice, before + 1);
}

absl::Status SendLate(Stage& stage, Rng& rng) {
  const int before = stage.relay()->late();
  stage.relay()->HoldBack(1 + rng.Index(2), Between(kTooLongSeconds, kTooLongSeconds + 0.5, rng));
  return WaitForRelay(*stage.relay(), &Relay::late, before + 1);
}

absl::Status JumpClock(Stage& stage, Rng& rng) {
  const int before = stage.relay()->shifted();
  // From a millisecond to hours, in either direction.
  const double seconds = std::pow(10, rng.Uniform(-3, 4)) * (rng.Index(2) == 0 ? 1 : -1);
  stage.relay()->ShiftClock(absl::Seconds(seconds));
  return WaitForRelay(*stage.relay(), &Relay::shifted, before + 1);
}

absl::Status SendForeign(Stage& stage, Rng& rng) {
  return SendForeignReports(stage.programs().server_address(), stage.watch().events(), rng);
}

absl::Status SendNonsense(Stage& stage, Rng& rng) {
  return SendGarbage(stage.programs().server_address(), stage.watch().events(), rng);
}

}  // namespace

const std::vector<FaultKind>& FaultKinds() {
  static const auto* const kinds = new std::vector<FaultKind>{
      {"kill-server", "SIGKILL, then started again", Scenery::kNone, 3, Kill<Program::kServer>},
      {"kill-display", "SIGKILL, then started again", Scenery::kNone, 3, Kill<Program::kDisplay>},
      {"kill-backend", "SIGKILL, then started again", Scenery::kNone, 3, Kill<Program::kBackend>},
      {"end-server", "SIGTERM, then started again", Scenery::kNone, 3, End<Program::kServer>},
      {"end-display", "SIGTERM, then started again", Scenery::kNone, 3, End<Program::kDisplay>},
      {"end-backend", "SIGTERM, then started again", Scenery::kNone, 3, End<Program::kBackend>},
      {"freeze-server", "SIGSTOP for longer than a lease", Scenery::kNone, 2,
       Freeze<Program::kServer>},
      {"freeze-display", "SIGSTOP for longer than a lease", Scenery::kNone, 2,
       Freeze<Program::kDisplay>},
      {"freeze-backend", "SIGSTOP for longer than a response may take", Scenery::kNone, 2,
       Freeze<Program::kBackend>},
      {"kill-many", "several of the above in a row", Scenery::kNone, 4, KillAnything},
      {"full-disk", "no byte left for the ledger, for a while", Scenery::kSmallDisk, 2, FillDisk},
      {"read-only-disk", "a restart with a read-only ledger, then with a writable one",
       Scenery::kSmallDisk, 2, MakeDiskReadOnly},
      {"torn-ledger", "a power cut amid a write that nobody was told of yet", Scenery::kProxies, 2,
       Tear},
      {"damaged-ledger", "one bit of a record; then put back from a backup", Scenery::kNone, 2,
       Damage},
      {"delayed-link", "up to 0.4 s in each direction", Scenery::kProxies, 2, Delay},
      {"throttled-link", "1 to 20 kB/s", Scenery::kProxies, 2, Throttle},
      {"stalled-link", "nothing comes through, in one direction or both", Scenery::kProxies, 2,
       Stall},
      {"cut-link", "connections are reset, several times in a row", Scenery::kProxies, 3, Cut},
      {"refused-link", "connections are reset, new ones refused for a while", Scenery::kProxies, 2,
       Refuse},
      {"half-open-link", "connections that only one end, or neither, knows to be dead",
       Scenery::kProxies, 1, HalfOpen},
      {"link-down", "the cable between two hosts is out for a while", Scenery::kLink, 2,
       TakeLinkDown},
      {"reports-twice", "every report, at the same time", Scenery::kRelay, 1, SendTwice},
      {"reports-late", "after the lease, or the time for the response, is over", Scenery::kRelay, 2,
       SendLate},
      {"clock-jump", "a client's clock against the server's, by 1 ms to 3 h", Scenery::kRelay, 3,
       JumpClock},
      {"foreign-reports", "repeated, contradicting, for others' leases, of attempts never made",
       Scenery::kNone, 3, SendForeign},
      {"garbage", "wild names and numbers, random bytes, other protocols", Scenery::kNone, 3,
       SendNonsense},
  };
  return *kinds;
}

}  // namespace evoke
