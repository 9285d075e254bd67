// souvenir keys revoke, reread, api, list.
#include <algorithm>
#include <ctime>
#include <iostream>

#include "executor/error.h"
#include "flow/access/api_keys.h"
#include "flow/access/server_keys.h"
#include "flow/command/failure.h"
#include "flow/command/key_commands.h"
#include "flow/command/keys_in_force.h"
#include "flow/command/known_flow.h"

namespace flow::command {
namespace {

Json json_of(const access::ApiKey& key) {
  return {{"id", key.id()},
          {"owner", key.owner},
          {"scopes", key.scopes},
          {"created_s", key.created_s},
          {"expires_s", key.expires_s}};
}

Json json_of(const access::Peer& peer, bool is_former) {
  Json value = {{"name", peer.name}, {"role", access::name_of(peer.role)}, {"public", peer.key}};
  if (peer.role == access::PeerRole::stage) {
    value["stages"] = peer.stages;
    value["workers"] = peer.workers;
  }
  if (is_former) value["former"] = true;
  return value;
}

std::string line_of(const access::Peer& peer, bool is_former) {
  std::string line = access::name_of(peer.role) + ' ' + peer.name + "  " + peer.key;
  if (peer.role == access::PeerRole::stage) {
    line += peer.stages.empty() ? "  joins as no stage: souvenir keys allow KEY NAME --stage STAGE"
                                : "  as";
    for (const auto& stage : peer.stages) line += ' ' + stage;
    if (!peer.stages.empty()) line += ", at most " + std::to_string(peer.workers) + " workers";
  }
  return line + (is_former ? "  former" : "");
}

// The older line of a name is that of the key that is being replaced.
bool is_former(const std::vector<access::Peer>& peers, std::size_t at) {
  return std::any_of(peers.begin() + static_cast<std::ptrdiff_t>(at) + 1, peers.end(),
                     [&](const access::Peer& later) { return later.name == peers[at].name; });
}

// An owner may have several API keys, so which one goes has to be said.
void remove_peer(access::Peers peers, const access::ApiKeys& keys, const std::string& name) {
  try {
    peers.remove(name);
  } catch (const executor::Error& error) {
    std::string ids, first;
    for (const auto& key : keys.all()) {
      if (key.owner != access::canonical_name(name)) continue;
      if (first.empty()) first = key.id();
      ids += ' ' + key.id();
    }
    if (error.code() != "not_found" || ids.empty()) throw;
    throw executor::Error("not_found",
                          "'" + name + "' is the name of no key, but owns these API keys:" + ids,
                          "revoke each by its id: souvenir keys revoke " + first);
  }
}

}  // namespace

access::Files access_files() {
  return access::Files(find_places().home);
}

void print_change(const Context& context, Json value, const std::string& text) {
  if (!context.json) std::cout << text << '\n' << std::flush;
  const bool in_force = put_in_force(context) == InForce::yes;
  if (!context.json) return;
  value["server"] = in_force ? "in force" : "none runs";
  print_json(value);
}

int run_revoke(const Context& context, const KeysOptions& options) {
  const auto at = access_files();
  access::ApiKeys keys(at.api_keys);
  if (keys.find(options.name) != nullptr) {
    keys.revoke(options.name);
  } else {
    remove_peer(access::Peers(at.peers), keys, options.name);
  }
  const bool in_force = put_in_force(context) == InForce::yes;
  if (context.json) {
    print_json({{"revoked", options.name}, {"server", in_force ? "in force" : "none runs"}});
  } else {
    std::cout << options.name << " is revoked"
              << (in_force ? "\n" : "; no server runs that would have to hear of it\n");
  }
  return exit_code::kOk;
}

int run_reread(const Context& context, const KeysOptions&) {
  const bool in_force = put_in_force(context) == InForce::yes;
  if (context.json) {
    print_json({{"server", in_force ? "in force" : "none runs"}});
  } else {
    std::cout << (in_force ? "the server keeps to the files as they are\n" : "no server runs\n");
  }
  return exit_code::kOk;
}

int run_api(const Context& context, const KeysOptions& options) {
  constexpr double kDay_s = 24 * 60 * 60;
  const std::int64_t now_s = std::time(nullptr);
  const std::int64_t end_s =
      options.days == 0 ? 0 : now_s + static_cast<std::int64_t>(options.days * kDay_s);
  access::ApiKeys keys(access_files().api_keys);
  const std::string key = keys.make(options.name, options.scopes, now_s, end_s);
  note_unknown_scopes(context, options.scopes);
  print_change(context, {{"owner", options.name}, {"scopes", options.scopes}, {"key", key}}, key);
  return exit_code::kOk;
}

int run_list(const Context& context, const KeysOptions&) {
  const auto at = access_files();
  const access::Peers peers(at.peers);
  const access::ApiKeys keys(at.api_keys);
  Json peer_list = Json::array(), key_list = Json::array();
  for (std::size_t i = 0; i < peers.all().size(); ++i) {
    const bool former = is_former(peers.all(), i);
    peer_list.push_back(json_of(peers.all()[i], former));
    if (!context.json) std::cout << line_of(peers.all()[i], former) << '\n';
  }
  for (const auto& key : keys.all()) {
    key_list.push_back(json_of(key));
    if (!context.json) std::cout << "api " << key.id() << "  of " << key.owner << '\n';
  }
  if (!context.json && peer_list.empty() && key_list.empty()) std::cout << "no keys\n";
  const bool rotating = std::filesystem::exists(at.former_server_key);
  if (!context.json && rotating) std::cout << "the server's key is being rotated\n";
  if (context.json) {
    print_json({{"peers", peer_list}, {"api_keys", key_list}, {"server_rotating", rotating}});
  }
  return exit_code::kOk;
}

}  // namespace flow::command
