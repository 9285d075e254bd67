// souvenir keys server, make, allow, rotate: the CURVE keys of the server and of other hosts.
#include <iostream>

#include "executor/error.h"
#include "flow/access/server_keys.h"
#include "flow/command/failure.h"
#include "flow/command/key_commands.h"
#include "flow/command/known_flow.h"

namespace flow::command {
namespace {

using access::ServerKeys;
using executor::Error;

access::Peer peer_of(const KeysOptions& options, const std::string& key) {
  const std::string role = !options.role.empty()    ? options.role
                           : options.stages.empty() ? "client"
                                                    : "stage";
  // The command line accepts no other role.
  access::Peer peer{key, access::role_named(role).value(), options.name, options.stages};
  if (options.workers && peer.role != access::PeerRole::stage) {
    throw Error("bad_input", "only the key of a stage has workers", "leave out --workers");
  }
  if (options.workers) peer.workers = static_cast<std::uint32_t>(*options.workers);
  return peer;
}

// What is not named stays as it is, of a key that is known under this name.
KeysOptions with_known(KeysOptions options, const access::Peer* known) {
  const bool is_same = known != nullptr && known->role == access::PeerRole::stage &&
                       known->name == access::canonical_name(options.name);
  if (!is_same || (!options.role.empty() && options.role != "stage")) return options;
  options.role = "stage";
  if (options.stages.empty()) options.stages = known->stages;
  options.workers = options.workers.value_or(known->workers);
  return options;
}

Json json_of(const access::Peer& peer) {
  Json value = {{"name", peer.name}, {"role", access::name_of(peer.role)}, {"public", peer.key}};
  if (peer.role != access::PeerRole::stage) return value;
  value["stages"] = peer.stages;
  value["workers"] = peer.workers;
  return value;
}

// A new pair in a file, whose public half `allow` then makes known; without that the file goes.
template <typename Allow>
executor::CurveKeys write_pair(const std::string& file, const Allow& allow) {
  auto keys = executor::make_curve_keys();
  keys.server_key = ServerKeys::make_once(access_files());
  executor::write_key_file(file, keys);
  try {
    allow(keys.public_key);
  } catch (const Error&) {
    std::filesystem::remove(file);
    throw;
  }
  return keys;
}

int rotate_server(const Context& context, const KeysOptions& options) {
  if (options.finish) {
    ServerKeys::finish(access_files());
    print_change(context, {{"finished", "server"}}, "the server's former key is over");
    return exit_code::kOk;
  }
  const std::string key = ServerKeys::rotate(access_files());
  print_change(
      context, {{"public", key}},
      key +
          "\nput it into the line `server` of each key file; the former one is taken, too, "
          "until: souvenir keys rotate --finish");
  return exit_code::kOk;
}

}  // namespace

int run_server(const Context& context, const KeysOptions&) {
  const std::string key = ServerKeys::make_once(access_files());
  if (context.json) {
    print_json({{"public", key}});
  } else {
    std::cout << key << '\n';
  }
  return exit_code::kOk;
}

int run_make(const Context& context, const KeysOptions& options) {
  access::Peers peers(access_files().peers);
  access::Peer peer = peer_of(options, "");
  const std::string file = options.output.empty() ? options.name + ".key" : options.output;
  write_pair(file, [&](const std::string& key) {
    peer.key = key;
    peers.add(peer);
  });
  note_unknown_stages(context, options.stages);
  Json value = json_of(peer);
  value["file"] = file;
  print_change(context, value,
               file + ": move it to the " + access::name_of(peer.role) + ", and keep no copy");
  return exit_code::kOk;
}

int run_allow(const Context& context, const KeysOptions& options) {
  access::Peers peers(access_files().peers);
  const access::Peer peer = peer_of(with_known(options, peers.find(options.key)), options.key);
  peers.add(peer);
  note_unknown_stages(context, options.stages);
  print_change(context, json_of(peer), options.name + " is allowed");
  return exit_code::kOk;
}

int run_rotate(const Context& context, const KeysOptions& options) {
  if (options.name.empty()) return rotate_server(context, options);
  access::Peers peers(access_files().peers);
  if (options.finish) {
    peers.finish(options.name);
    print_change(context, {{"finished", options.name}},
                 "the former key of " + options.name + " is over");
    return exit_code::kOk;
  }
  const std::string file = options.output.empty() ? options.name + ".new.key" : options.output;
  const auto keys =
      write_pair(file, [&](const std::string& key) { peers.rotate(options.name, key); });
  print_change(context, {{"name", options.name}, {"public", keys.public_key}, {"file", file}},
               file +
                   ": move it to where the former one is used; that one is taken, too, until: "
                   "souvenir keys rotate '" +
                   options.name + "' --finish");
  return exit_code::kOk;
}

}  // namespace flow::command
