#include "flow/relay/pace.h"

namespace flow::relay {

bool Pace::has_room(Time now) {
  if (now - since_ >= kWindow) {
    since_ = now;
    taken_ = 0;
  }
  return taken_ < most_;
}

}  // namespace flow::relay
