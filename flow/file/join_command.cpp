#include "flow/file/join_command.h"

#include "flow/file/address.h"

namespace flow {
namespace {

// Where another host, or else a process of this one, connects.
std::string joins_at(const Flow& flow) {
  std::string address = flow.listen.back();
  for (const std::string any : {"0.0.0.0", "[::]"}) {
    if (address.starts_with("tcp://" + any + ":")) address.replace(6, any.size(), "HOST");
  }
  return address;
}

}  // namespace

std::string join_command(const Flow& flow, const Stage& stage) {
  std::string command =
      "souvenir stage " + stage.name + " --plugin " + stage.run + ".so --connect " + joins_at(flow);
  if (link_of(flow.listen.back()) != access::Link::curve) return command;
  return command + " --key-file FILE, made here by souvenir keys make NAME --stage " + stage.name;
}

}  // namespace flow
