#include "flow/gateway/job_packets.h"

namespace flow {

executor::Packet ended_packet(const std::string& job, std::uint64_t id, std::uint64_t epoch,
                              const schemas::Ended& ended) {
  schemas::Header header;
  header.kind = schemas::Kind::ended;
  header.id = id;
  header.job = job;
  header.epoch = epoch;
  return executor::packet_of(header, schemas::Message::of(ended));
}

executor::Packet result_packet(const std::string& job, std::uint64_t seq, bool last,
                               const executor::Packet& packet) {
  schemas::Header header;
  header.kind = schemas::Kind::result;
  header.job = job;
  header.type = packet.header.type;
  header.seq = seq;
  header.last = last;
  return {header, packet.body, packet.blobs};
}

}  // namespace flow
