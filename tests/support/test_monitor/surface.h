// A client's surface: what it has asked for, what waits for a vblank, what is on the glass.
#ifndef EVOKE_TESTS_SUPPORT_TEST_MONITOR_SURFACE_H_
#define EVOKE_TESTS_SUPPORT_TEST_MONITOR_SURFACE_H_

#include <wayland-server-core.h>

#include <cstdint>
#include <functional>
#include <utility>

#include "tests/support/test_monitor/picture.h"

namespace evoke {

// Protocol objects that wait for the same thing. One that its client gives up leaves by itself.
class ResourceList {
 public:
  ResourceList() { wl_list_init(&list_); }
  ~ResourceList();
  ResourceList(const ResourceList&) = delete;
  ResourceList& operator=(const ResourceList&) = delete;

  // A new object of the client's, without requests of its own. Null: out of memory, and the client
  // has been told.
  wl_resource* Add(wl_client* client, const wl_interface* interface, uint32_t version, uint32_t id);
  // All of `other`'s, which is then empty.
  void TakeFrom(ResourceList& other);
  // Sends each its last event, and destroys it.
  void Finish(const std::function<void(wl_resource*)>& send);

 private:
  wl_list list_;
};

// The client's pixels: a wl_buffer that must not be written to until it is released.
class BufferHold {
 public:
  BufferHold();
  ~BufferHold() { Drop(); }
  BufferHold(const BufferHold&) = delete;
  BufferHold& operator=(const BufferHold&) = delete;

  // Drops the buffer held before without releasing it. Null: none.
  void Hold(wl_resource* buffer);
  // Gives the buffer back to its client.
  void Release();
  wl_resource* buffer() const { return buffer_; }

 private:
  // The client's destruction of the buffer. Starts with the listener, so that one is the other.
  struct Watch {
    wl_listener listener;
    BufferHold* hold;
  };
  void Drop();
  static void OnDestroyed(wl_listener* listener, void*);

  wl_resource* buffer_ = nullptr;
  Watch watch_;
};

// Frame callbacks and feedback as a compositor with a fixed vblank gives them: callbacks when the
// commit is latched, feedback at the vblank, "discarded" for a commit that a later one replaced.
// Used on the monitor's thread.
class Surface {
 public:
  // Calls `committed` at each commit, and says whether it brought new pixels.
  using Committed = std::function<void(Surface&, bool new_pixels)>;
  explicit Surface(Committed committed) : committed_(std::move(committed)) {}
  ~Surface();

  // The client's requests.
  void Attach(wl_resource* buffer);
  void RequestFrame(wl_client* client, uint32_t id);
  void RequestFeedback(wl_client* client, uint32_t version, uint32_t id);
  void Commit();

  // What waits is latched for the next vblank.
  void Latch(uint32_t milliseconds);
  // The vblank came; `send` tells one feedback object.
  void Present(const std::function<void(wl_resource*)>& send) { latched_feedback_.Finish(send); }
  // Calls `look` with the picture that is on. Not called if there is none.
  void Look(const std::function<void(const Picture&)>& look) const;

  bool has_picture() const { return glass_.buffer() != nullptr; }

 private:
  const Committed committed_;
  bool attached_ = false;
  BufferHold pending_;
  BufferHold waiting_;
  BufferHold glass_;
  ResourceList pending_frames_;
  ResourceList waiting_frames_;
  ResourceList pending_feedback_;
  ResourceList waiting_feedback_;
  ResourceList latched_feedback_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_TEST_MONITOR_SURFACE_H_
