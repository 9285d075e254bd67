#include "flow/gateway/call_replies.h"

namespace flow {
namespace {

schemas::Header header_to(const Asker& asker, schemas::Kind kind) {
  schemas::Header header;
  header.kind = kind;
  header.id = asker.id;
  header.job = asker.parent;
  return header;
}

}  // namespace

void CallReplies::reply(const Asker& asker, const executor::Packet& answer) {
  executor::Packet packet{header_to(asker, schemas::Kind::reply), answer.body, answer.blobs};
  packet.header.type = answer.header.type;
  if (!tell_) {
    send_(asker.peer, packet);
  } else if (backlog_.has_room(asker.peer, packet)) {
    tell_(asker.peer, packet, backlog_.of(asker.peer));
  } else {
    fail(asker, left_unread());
  }
}

void CallReplies::fail(const Asker& asker, const schemas::Fault& fault) const {
  send_(asker.peer,
        executor::packet_of(header_to(asker, schemas::Kind::failed), schemas::Message::of(fault)));
}

}  // namespace flow
