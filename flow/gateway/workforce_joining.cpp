// A process asks to join its stage.
#include <algorithm>

#include "executor/describe.h"
#include "executor/error.h"
#include "flow/gateway/welcome.h"
#include "flow/gateway/workforce.h"
#include "schemas/link.h"
#include "schemas/nearest.h"

namespace flow {
namespace {

constexpr std::size_t kToldName = 64;

// Of the table that a stage tells of itself.
std::string plugin_name_in(const std::string& told) {
  try {
    return executor::from_json(told).name.substr(0, kToldName);
  } catch (const std::exception&) {
    return "";
  }
}

// Says which plugin the flow was checked with, and which one has come.
executor::Error other_plugin(const std::string& stage, const Stage& as, const std::string& told) {
  const std::string name = plugin_name_in(told), &known = as.plugin.name;
  std::string cause = "the plugin of '" + stage + "' is not the one that the flow was checked with";
  if (name.empty()) {
    cause += ": that is '" + known + "', and what has come has no readable table";
  } else if (name != known) {
    cause += ": that is '" + known + "', and '" + name + "' has come";
  } else {
    cause += ": both are '" + known + "', but they differ in what they take, answer or need";
  }
  return {"bad_config", cause,
          "start the stage with --plugin " + as.run +
              " as it was built for the server, or change "
              "'run' of the stage in the flow file"};
}

// The same by meaning: another build may write the table's JSON in another way.
bool says_the_same(const std::string& told, const executor::Plugin& known) {
  const std::string expected = executor::to_json(known);
  return told == expected || executor::to_json(executor::from_json(told)) == expected;
}

std::size_t stage_named(const Flow& flow, const std::string& name, const access::Origin& origin) {
  const auto found = std::find_if(flow.stages.begin(), flow.stages.end(),
                                  [&](const Stage& stage) { return stage.name == name; });
  if (found == flow.stages.end()) {
    std::vector<std::string> known;
    for (const auto& stage : flow.stages) known.push_back(stage.name);
    const std::string told = name.substr(0, kToldName);
    throw executor::Error(
        "not_found", "the flow has no stage '" + told + "'" + schemas::did_you_mean(told, known),
        "'name' of its [[executor]] in the flow file is the name to join by");
  }
  if (origin.link != access::Link::own && !found->remote) {
    throw executor::Error("forbidden", "'" + name + "' runs on the server's host alone",
                          "write host = \"remote\" for it in the flow file");
  }
  return static_cast<std::size_t>(found - flow.stages.begin());
}

}  // namespace

using executor::Error;
using executor::Packet;

void Workforce::hello(const std::string& peer, const Packet& packet, const access::Origin& origin,
                      Time now) {
  try {
    const auto hello = schemas::unpack<schemas::Hello>(packet.body.view());
    admission_.admit_stage(origin, hello.name);
    const std::size_t stage = stage_named(flow_, hello.name, origin);
    check_room_for(origin);
    Worker worker;
    worker.peer = peer;
    worker.replica = static_cast<std::uint32_t>(hello.replica);
    const Stage& as = replicas_[stage].stage_of(worker.replica);
    const executor::Plugin& plugin = as.plugin;
    if (!says_the_same(hello.plugin, plugin)) {
      throw other_plugin(hello.name, as, hello.plugin);
    }
    worker.state = replicas_[stage].state_of(worker.replica);
    worker.hears_end = plugin.hears_end;
    worker.table = std::make_shared<const executor::Plugin>(plugin);
    worker.run = as.run;
    worker.with = as.with;
    worker.origin = origin;
    worker.pid = hello.pid;
    worker.last_heard = now;
    worker.text = "starting";
    queues_.add(stage, std::move(worker));
    port_.send(peer, welcome_packet(flow_, stage, as, jobs_, elsewhere_));
  } catch (const Error& error) {
    clients_.refuse(peer, 0, error);
  } catch (const schemas::CodecError& error) {
    clients_.refuse(peer, 0, {"protocol", "gateway", "", error.what(), "see schemas/wire.md"});
  }
}

}  // namespace flow
