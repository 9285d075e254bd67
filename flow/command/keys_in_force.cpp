#include "flow/command/keys_in_force.h"

#include <signal.h>

#include <fstream>

#include "flow/command/server_process.h"

namespace flow::command {
namespace {

// A server that does not answer runs all the same. To take its lock would stop one that starts now.
bool runs(const Places& places) {
  pid_t pid = 0;
  std::ifstream(places.run / "server.lock") >> pid;
  return pid > 0 && ::kill(pid, 0) == 0;
}

}  // namespace

InForce put_in_force(const Context& context) {
  const Places places = find_places();
  if (!runs(places)) return InForce::no_server;
  try {
    connect_running(context, places)->steer("reread", "");
    return InForce::yes;
  } catch (const CallError& error) {
    schemas::Fault fault = error.fault;
    fault.cause =
        "the change is on disk, but the running server did not confirm it: " + fault.cause;
    fault.hint =
        fault.code == "unauthenticated" || fault.code == "forbidden"
            ? "set SOUVENIR_TOKEN to an administrator's API key and repeat: souvenir keys reread"
            : "souvenir keys reread, or souvenir down";
    throw CallError(fault);
  }
}

}  // namespace flow::command
