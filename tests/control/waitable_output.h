// An output that another thread reads along.
#ifndef EVOKE_TESTS_CONTROL_WAITABLE_OUTPUT_H_
#define EVOKE_TESTS_CONTROL_WAITABLE_OUTPUT_H_

#include <streambuf>
#include <string>

#include "common/mutex.h"

namespace evoke {

// Thread-safe. The buffer of a std::ostream.
class WaitableOutput : public std::streambuf {
 public:
  // Returns once the text is there.
  void WaitFor(const std::string& text) {
    MutexLock lock(&mutex_);
    while (text_.find(text) == std::string::npos) changed_.Wait(&mutex_);
  }
  std::string text() {
    MutexLock lock(&mutex_);
    return text_;
  }

 protected:
  int_type overflow(int_type c) override {
    if (!traits_type::eq_int_type(c, traits_type::eof())) {
      const char one = traits_type::to_char_type(c);
      xsputn(&one, 1);
    }
    return traits_type::not_eof(c);
  }
  std::streamsize xsputn(const char* data, std::streamsize size) override {
    MutexLock lock(&mutex_);
    text_.append(data, static_cast<size_t>(size));
    changed_.SignalAll();
    return size;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::string text_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evoke

#endif  // EVOKE_TESTS_CONTROL_WAITABLE_OUTPUT_H_
