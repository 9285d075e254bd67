#include "flow/server/spin_wait.h"

#include <sched.h>

namespace flow {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// How long to look, and the longest yield after which it goes on: one that took longer gave way to
// somebody who computes.
struct Look {
  microseconds most;
  microseconds longest_yield;
};
constexpr Look kLook{microseconds(100), microseconds(5)};
// After a rest the cores sleep deeply, and each of a request's two dozen wakings takes 50 us. Where
// another program keeps one of two cores busy this halves a request's time (1.5 to 0.8 ms); where
// both rest it changes little.
constexpr Look kLookAfterRest{microseconds(400), microseconds(1'000)};
constexpr milliseconds kRest{10};  // nothing came for so long
constexpr milliseconds kFelt{3};   // so long after its end a rest is felt

}  // namespace

void SpinWait::wait(std::vector<pollfd>& polls, milliseconds most, bool looks) {
  const bool found = (looks && most.count() > 0 && look(polls)) ||
                     ::poll(polls.data(), polls.size(), static_cast<int>(most.count())) > 0;
  if (found) note_arrival();
}

bool SpinWait::look(std::vector<pollfd>& polls) const {
  const Time begin = Clock::now();
  const Look& look = begin - end_of_rest_ < kFelt ? kLookAfterRest : kLook;
  Time last = begin;
  while (::poll(polls.data(), polls.size(), 0) <= 0) {
    sched_yield();
    const Time now = Clock::now();
    if (now - begin > look.most || now - last > look.longest_yield) return false;
    last = now;
  }
  return true;
}

void SpinWait::note_arrival() {
  const Time now = Clock::now();
  if (now - last_arrival_ > kRest) end_of_rest_ = now;
  last_arrival_ = now;
}

}  // namespace flow
