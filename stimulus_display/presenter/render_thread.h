// The thread that draws and flips.
#ifndef EVOKE_STIMULUS_DISPLAY_PRESENTER_RENDER_THREAD_H_
#define EVOKE_STIMULUS_DISPLAY_PRESENTER_RENDER_THREAD_H_

#include <thread>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/mutex.h"

namespace evoke {

struct RealTimeOptions {
  int priority = 50;  // of SCHED_FIFO, 1 to 99; 0: an ordinary thread
  bool lock_memory = true;
};

// Alone with the OpenGL context, at real-time priority if the system allows it; one line is logged
// if it does not. The priority is there before the context is made in Run(): the threads that a
// software renderer starts inherit it.
//
// Constructor, destructor and Run() belong to one thread: the main one, for SDL.
class RenderThread {
 public:
  explicit RenderThread(const RealTimeOptions& options);
  ~RenderThread();
  RenderThread(const RenderThread&) = delete;
  RenderThread& operator=(const RenderThread&) = delete;

  // Runs the job on the render thread and returns what it says. Until then calls `meanwhile` here
  // every few milliseconds: for the window's events. Keep it short. It has real-time priority too,
  // just below the render thread's: two threads that read one Wayland connection wait for each
  // other, and a reader without priority would let the render thread wait for a processor.
  absl::Status Run(absl::FunctionRef<absl::Status()> job, absl::FunctionRef<void()> meanwhile);

  // Why the thread has no real-time priority, or memory is not locked; OK if all that was asked for
  // is so.
  const absl::Status& real_time() const { return real_time_; }

 private:
  absl::Status BecomeRealTime();
  void Serve();

  const RealTimeOptions options_;
  Mutex mutex_;
  CondVar changed_;
  absl::FunctionRef<absl::Status()>* job_ ABSL_GUARDED_BY(mutex_) = nullptr;
  absl::Status result_ ABSL_GUARDED_BY(mutex_);
  bool started_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status real_time_;  // constant once started
  std::thread thread_;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_PRESENTER_RENDER_THREAD_H_
