#include "flow/gateway/stage_calls.h"

#include "flow/gateway/rate_limited.h"
#include "schemas/words.h"

namespace flow {

using executor::Error;
using executor::Packet;

void StageCalls::call(Worker& worker, Packet&& packet, const std::string& stage, Time now) {
  const OpenJob* parent = jobs_.running(packet.header.job, packet.header.epoch);
  if (parent == nullptr) return;  // over already: the caller hears of that
  const std::string what = "call " + schemas::quoted(packet.header.endpoint) + " " +
                           schemas::quoted(packet.header.type) + " of " + stage;
  const Asker asker{worker.peer, packet.header.id, parent->id, parent->epoch, parent->root()};
  const JobRights rights{parent->owner, parent->admin};
  try {
    const Route& route = rights_.route_of(worker, *parent, packet);
    packet.header.key.clear();
    // Who asks has no more time than it has itself.
    packet.header.deadline_ms = parent->time_left_ms(now);
    opener_.open(route, std::move(packet), rights, false, asker, now);
  } catch (const Error& error) {
    rights_.note_refused(worker, what, error);
    replies_.fail(asker, fault_of(error, "gateway"));
  } catch (const schemas::CodecError& error) {
    replies_.fail(asker, {"bad_input", "gateway", asker.parent, error.what(), ""});
  }
}

// Of a job that the worker has not in hand. An attempt that is over is in its hands still.
void StageCalls::refuse(Worker& worker, const schemas::Header& call, const std::string& stage) {
  const Error why =
      call.epoch == 0
          ? Error("protocol", "a call without `a`, the epoch of the work that it belongs to",
                  "copy `j` and `a` from the work; see schemas/wire.md")
          : Error("protocol",
                  "a call for " + schemas::quoted(call.job) + ", epoch " +
                      std::to_string(call.epoch) + ", of which this stage has no work in hand",
                  "copy `j` and `a` from the work that it has not answered yet");
  rights_.note_refused(worker, "call " + schemas::quoted(call.endpoint) + " of " + stage, why);
  replies_.fail({worker.peer, call.id, call.job, call.epoch, ""}, fault_of(why, stage));
}

}  // namespace flow
