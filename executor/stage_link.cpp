#include "executor/stage_link.h"

#include <algorithm>

#include "executor/error.h"
#include "schemas/fault.h"
#include "schemas/link.h"

namespace executor {
namespace {

constexpr std::chrono::milliseconds kLookTime{1};

std::optional<Outcome> outcome_of(const std::string& text) {
  if (text == "interrupted") return std::nullopt;
  if (text == "done") return Outcome::done;
  return text == "cancelled" ? Outcome::cancelled : Outcome::failed;
}

}  // namespace

StageLink::StageLink(zmq::context_t& context, const std::string& address,
                     const std::optional<CurveKeys>& keys, std::function<bool()> stopping)
    : socket_(make_socket(context, Role::peer, address, keys ? &*keys : nullptr)),
      channel_(address),
      stopping_(std::move(stopping)) {
  socket_.connect(address);
}

void StageLink::pump(std::chrono::milliseconds wait) {
  last_look_ = Clock::now();
  while (auto received = receive(socket_, Role::peer, wait)) {
    if (!received->error && fetch(received->packet)) take(std::move(received->packet));
    if (wait.count() > 0) return;
  }
}

void StageLink::look() {
  if (Clock::now() - last_look_ >= kLookTime) pump();
}

void StageLink::take(Packet packet) {
  using schemas::Kind;
  const schemas::Header& header = packet.header;
  switch (header.kind) {
    case Kind::work: take_work(std::move(packet)); break;
    case Kind::reply:
    case Kind::failed: replies[header.id] = std::move(packet); break;
    case Kind::ack: acked[header.id] = {header.count, header.bytes}; break;
    case Kind::ended: {
      const auto body = schemas::unpack<schemas::Ended>(packet.body.view());
      std::uint64_t& epoch = over[header.job];
      epoch = std::max(epoch, header.epoch);
      ended.push_back({header.job, outcome_of(body.outcome)});
      break;
    }
    case Kind::welcome: welcome = std::move(packet); break;
    case Kind::refused: unknown = true; break;
    default: break;  // a beat, or a kind of a later version
  }
}

void StageLink::take_work(Packet packet) {
  const schemas::Header& header = packet.header;
  if (header.deadline_ms > 0) {
    due[header.id] = Clock::now() + std::chrono::milliseconds(header.deadline_ms);
  }
  work.push_back(std::move(packet));
}

bool StageLink::is_late(std::uint64_t work_id) {
  const auto node = due.extract(work_id);
  return !node.empty() && Clock::now() >= node.mapped();
}

// Without its blobs work has failed, and so has a call whose answer lost them.
bool StageLink::fetch(Packet& packet) {
  using schemas::Kind;
  try {
    channel_.fetch(packet);
    return true;
  } catch (const Error& error) {
    schemas::Header header;
    header.kind = Kind::failed;
    header.id = packet.header.id;
    schemas::Fault fault;
    fault.code = "internal";
    fault.cause = error.what();
    const Packet failed = packet_of(header, schemas::Message::of(fault));
    if (packet.header.kind == Kind::work) send(failed);
    if (packet.header.kind == Kind::reply) packet = failed;
    return packet.header.kind == Kind::failed;
  }
}

void StageLink::send(const Packet& packet) {
  const auto rest = channel_.pass(packet);
  put(rest ? *rest : packet);
}

void StageLink::put(const Packet& packet) {
  // The gateway reads at once; a full pipe means that it is gone or restarts:
  // wait for it.
  while (!executor::send(socket_, packet)) {
    if (stopping_()) return;
    zmq_pollitem_t item{socket_.handle(), 0, ZMQ_POLLOUT, 0};
    zmq_poll(&item, 1, 100);
  }
  last_sent_ = Clock::now();
}

void StageLink::beat(std::uint64_t work_id) {
  if (Clock::now() - last_sent_ < beat_time / 2) return;
  schemas::Header header;
  header.kind = schemas::Kind::beat;
  header.id = work_id;
  send({header, {}, {}});
}

void StageLink::announce(std::uint64_t work_id, std::uint32_t silence_ms, bool each) {
  schemas::Header header;
  header.kind = schemas::Kind::beat;
  header.id = work_id;
  header.count = silence_ms;
  header.seq = each ? 1 : 0;
  send({header, {}, {}});
}

}  // namespace executor
