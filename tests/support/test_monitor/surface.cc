#include "tests/support/test_monitor/surface.h"

#include <presentation-time-server-protocol.h>
#include <wayland-server-protocol.h>

namespace evoke {

ResourceList::~ResourceList() {
  // What is left belongs to its client; it only must not point here any more.
  wl_resource* resource;
  wl_resource* next;
  wl_resource_for_each_safe(resource, next, &list_) {
    wl_list_remove(wl_resource_get_link(resource));
    wl_list_init(wl_resource_get_link(resource));
  }
}

wl_resource* ResourceList::Add(wl_client* client, const wl_interface* interface, uint32_t version,
                               uint32_t id) {
  wl_resource* const resource =
      wl_resource_create(client, interface, static_cast<int>(version), id);
  if (resource == nullptr) {
    wl_client_post_no_memory(client);
    return nullptr;
  }
  wl_resource_set_implementation(resource, nullptr, nullptr, [](wl_resource* destroyed) {
    wl_list_remove(wl_resource_get_link(destroyed));
  });
  wl_list_insert(list_.prev, wl_resource_get_link(resource));
  return resource;
}

void ResourceList::TakeFrom(ResourceList& other) {
  wl_list_insert_list(list_.prev, &other.list_);
  wl_list_init(&other.list_);
}

void ResourceList::Finish(const std::function<void(wl_resource*)>& send) {
  wl_resource* resource;
  wl_resource* next;
  wl_resource_for_each_safe(resource, next, &list_) {
    send(resource);
    wl_resource_destroy(resource);
  }
}

BufferHold::BufferHold() {
  watch_.listener.notify = OnDestroyed;
  watch_.hold = this;
}

void BufferHold::Hold(wl_resource* buffer) {
  Drop();
  buffer_ = buffer;
  if (buffer != nullptr) wl_resource_add_destroy_listener(buffer, &watch_.listener);
}

void BufferHold::Release() {
  if (buffer_ != nullptr) wl_buffer_send_release(buffer_);
  Drop();
}

void BufferHold::Drop() {
  if (buffer_ != nullptr) wl_list_remove(&watch_.listener.link);
  buffer_ = nullptr;
}

void BufferHold::OnDestroyed(wl_listener* listener, void*) {
  reinterpret_cast<Watch*>(listener)->hold->Drop();
}

Surface::~Surface() {
  for (ResourceList* list : {&pending_feedback_, &waiting_feedback_, &latched_feedback_}) {
    list->Finish(wp_presentation_feedback_send_discarded);
  }
}

void Surface::Attach(wl_resource* buffer) {
  attached_ = true;
  pending_.Hold(buffer);
}

void Surface::RequestFrame(wl_client* client, uint32_t id) {
  pending_frames_.Add(client, &wl_callback_interface, 1, id);
}

void Surface::RequestFeedback(wl_client* client, uint32_t version, uint32_t id) {
  pending_feedback_.Add(client, &wp_presentation_feedback_interface, version, id);
}

void Surface::Commit() {
  const bool new_pixels = attached_ && pending_.buffer() != nullptr;
  // Before anything changes: the handler first lets the vblanks happen that are due by now.
  committed_(*this, new_pixels);
  if (attached_) {
    waiting_feedback_.Finish(wp_presentation_feedback_send_discarded);
    if (waiting_.buffer() != pending_.buffer()) waiting_.Release();
    waiting_.Hold(pending_.buffer());
    pending_.Hold(nullptr);
    attached_ = false;
  }
  waiting_frames_.TakeFrom(pending_frames_);
  waiting_feedback_.TakeFrom(pending_feedback_);
}

void Surface::Latch(uint32_t milliseconds) {
  if (waiting_.buffer() != nullptr) {
    if (glass_.buffer() != waiting_.buffer()) glass_.Release();
    glass_.Hold(waiting_.buffer());
    waiting_.Hold(nullptr);
  }
  waiting_frames_.Finish(
      [&](wl_resource* callback) { wl_callback_send_done(callback, milliseconds); });
  latched_feedback_.TakeFrom(waiting_feedback_);
}

void Surface::Look(const std::function<void(const Picture&)>& look) const {
  wl_shm_buffer* const pixels = has_picture() ? wl_shm_buffer_get(glass_.buffer()) : nullptr;
  if (pixels == nullptr) return;
  wl_shm_buffer_begin_access(pixels);
  look(Picture(wl_shm_buffer_get_data(pixels), wl_shm_buffer_get_width(pixels),
               wl_shm_buffer_get_height(pixels), wl_shm_buffer_get_stride(pixels)));
  wl_shm_buffer_end_access(pixels);
}

}  // namespace evoke
