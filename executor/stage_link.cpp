#include "executor/stage_link.h"

namespace executor {

void StageLink::send(const Packet& packet) {
  port_.send(packet);
  last_sent_ = port_.now();
}

void StageLink::wait(std::chrono::milliseconds time) {
  if (auto arrival = port_.receive(time)) inbox_.put(std::move(*arrival), port_.now());
}

void StageLink::look() {
  while (auto arrival = port_.receive(std::chrono::milliseconds(0))) {
    inbox_.put(std::move(*arrival), port_.now());
  }
}

void StageLink::beat(std::uint64_t task) {
  if (port_.now() - last_sent_ >= beat_time_ / 2) announce(task, 0);
}

void StageLink::announce(std::uint64_t task, std::uint32_t silence_ms, bool each) {
  schemas::Header header;
  header.kind = schemas::Kind::beat;
  header.id = task;
  header.count = silence_ms;
  header.seq = each ? 1 : 0;
  send({header, {}, {}});
}

}  // namespace executor
