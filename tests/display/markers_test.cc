// Markers out: the ports, and the thread that feeds them.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "common/udp_address.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stimulus_display/markers/marker_sender.h"
#include "stimulus_display/markers/serial_marker.h"
#include "stimulus_display/markers/udp_marker.h"

namespace evoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A pseudo-terminal: what a marker writes to device() is read here.
class PseudoTerminal {
 public:
  PseudoTerminal() : file_(posix_openpt(O_RDWR | O_NOCTTY)) {
    EXPECT_EQ(grantpt(file_), 0);
    EXPECT_EQ(unlockpt(file_), 0);
  }
  ~PseudoTerminal() { Unplug(); }
  std::string device() const { return ptsname(file_); }
  int ReadByte() {
    uint8_t byte = 0;
    return read(file_, &byte, 1) == 1 ? byte : -1;
  }
  void Unplug() {
    if (file_ >= 0) close(file_);
    file_ = -1;
  }

 private:
  int file_;
};

Mark Onset(uint32_t sync_code) {
  Mark mark;
  mark.trial = "experiments/e/trials/7";
  mark.sync_code = sync_code;
  mark.stamp_nanos = 81234567890123;
  return mark;
}

TEST(SerialMarkerTest, AnOnsetIsOneByteOnTheLine) {
  PseudoTerminal line;
  const auto marker = SerialMarker::Open(line.device());
  ASSERT_TRUE(marker.ok()) << marker.status();
  // Bytes that a terminal would change, were it not set to raw.
  for (const int code : {1, 3, 10, 13, 17, 255}) {
    ASSERT_TRUE((*marker)->Send(Onset(static_cast<uint32_t>(code))).ok());
    EXPECT_EQ(line.ReadByte(), code);
  }
  EXPECT_FALSE((*marker)->marks_offsets());
}

TEST(SerialMarkerTest, TheByteIsTheLowBitsOfTheCodeAndNeverZero) {
  std::set<int> bytes;
  for (uint32_t code = 1; code <= 65535; ++code) {
    const uint8_t byte = MarkerByte(code);
    ASSERT_NE(byte, 0) << code;
    EXPECT_EQ(byte, (code - 1) % 255 + 1);
    // Neighbours are told apart.
    EXPECT_NE(byte, MarkerByte(code + 1)) << code;
    bytes.insert(byte);
  }
  EXPECT_EQ(bytes.size(), 255);
}

TEST(SerialMarkerTest, WhatIsNoPortIsRefusedAndAnUnpluggedOneSaysSo) {
  EXPECT_TRUE(absl::IsNotFound(SerialMarker::Open("/dev/not-there").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(SerialMarker::Open("/dev/null").status()));
  PseudoTerminal line;
  const std::string device = line.device();
  const auto marker = SerialMarker::Open(device);
  ASSERT_TRUE(marker.ok());
  line.Unplug();
  const absl::Status status = (*marker)->Send(Onset(1));
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr(device));
}

// A UDP socket of this test.
class Receiver {
 public:
  Receiver() : socket_(socket(AF_INET, SOCK_DGRAM, 0)) {
    UdpAddress here = *ResolveUdp("test", "0");
    EXPECT_EQ(bind(socket_, here.get(), here.size), 0);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&here.storage), &here.size);
    port_ = ntohs(reinterpret_cast<const sockaddr_in*>(here.get())->sin_port);
  }
  ~Receiver() { close(socket_); }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }
  std::string Receive() {
    char data[512];
    const ssize_t size = recv(socket_, data, sizeof(data), 0);
    return size < 0 ? "" : std::string(data, static_cast<size_t>(size));
  }

 private:
  const int socket_;
  int port_ = 0;
};

TEST(UdpMarkerTest, ADatagramIsALineOfJson) {
  Receiver receiver;
  const auto marker = UdpMarker::Open(receiver.address());
  ASSERT_TRUE(marker.ok()) << marker.status();
  ASSERT_TRUE((*marker)->Send(Onset(7)).ok());
  EXPECT_EQ(receiver.Receive(),
            "{\"event\":\"onset\",\"trial\":\"experiments/e/trials/7\",\"sync_code\":7,"
            "\"stamp_nanos\":81234567890123}\n");
}

TEST(UdpMarkerTest, NobodyWhoListensIsNoErrorAndNoAddressIsOne) {
  std::string address;
  {
    Receiver gone;
    address = gone.address();
  }
  const auto marker = UdpMarker::Open(address);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE((*marker)->Send(Onset(1)).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(UdpMarker::Open("127.0.0.1:port").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(UdpMarker::Open("127.0.0.1:70000").status()));
}

// Remembers what it was given; fails if told to.
class FakeMarker : public MarkerPort {
 public:
  FakeMarker(ManualClock* clock, std::vector<Mark>* marks, bool fails, bool offsets)
      : clock_(clock), marks_(marks), fails_(fails), offsets_(offsets) {}
  std::string name() const override { return "fake"; }
  bool marks_offsets() const override { return offsets_; }
  absl::Status Send(const Mark& mark) override {
    clock_->Advance(absl::Milliseconds(3));
    marks_->push_back(mark);
    return fails_ ? absl::UnavailableError("unplugged") : absl::OkStatus();
  }

 private:
  ManualClock* const clock_;
  std::vector<Mark>* const marks_;
  const bool fails_, offsets_;
};

TEST(MarkerSenderTest, EveryPortGetsEveryMarkAndItsOwnLagIsLogged) {
  ManualClock clock;
  EventQueue<MarkerEvent> events(8);
  std::vector<Mark> first, second;
  std::vector<LoggedMarker> log;
  const int64_t begin = clock.MonotonicNanos();
  {
    std::vector<std::unique_ptr<MarkerPort>> markers;
    markers.push_back(std::make_unique<FakeMarker>(&clock, &first, true, true));
    markers.push_back(std::make_unique<FakeMarker>(&clock, &second, false, false));
    EXPECT_EQ(MarkerNames(markers), "0 fake, 1 fake");
    MarkerSender sender(std::move(markers), &events, &clock,
                        [&](const LoggedMarker& m) { log.push_back(m); });
    sender.Announce(4, "experiments/e/trials/1");
    sender.Announce(5, "experiments/e/trials/2");
    MarkerEvent event;
    event.request_id = 5;
    event.sync_code = 12;
    event.stamp_nanos = begin - 1'000'000;
    event.posted_nanos = begin;
    events.Put(event);
    event.kind = MarkerEvent::Kind::kOffset;
    events.Put(event);
    event.kind = MarkerEvent::Kind::kOnset;
    event.request_id = 4;  // went before the one that left: it is not to come
    events.Put(event);
  }
  ASSERT_EQ(first.size(), 3);
  EXPECT_EQ(first[0].trial, "experiments/e/trials/2");
  EXPECT_EQ(first[0].sync_code, 12);
  EXPECT_TRUE(first[0].onset);
  EXPECT_FALSE(first[1].onset);
  EXPECT_EQ(first[1].trial, "experiments/e/trials/2");
  EXPECT_EQ(first[2].trial, "");
  EXPECT_EQ(second.size(), 2) << "offsets are left out";
  ASSERT_EQ(log.size(), 5);
  EXPECT_EQ(log[0].failed, 1);
  EXPECT_EQ(log[0].sent_nanos - log[0].known_nanos, 3'000'000);
  EXPECT_EQ(log[1].port, 1);
  EXPECT_EQ(log[1].failed, 0);
  EXPECT_EQ(log[1].sent_nanos - log[1].stamp_nanos, 7'000'000) << "after the other port";
}

}  // namespace
}  // namespace evoke
