#include "executor/curve_keys.h"

#include <algorithm>
#include <ctime>
#include <iostream>

#include "executor/error.h"
#include "flow/access/api_keys.h"
#include "flow/access/peers.h"
#include "flow/access/settings.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/json.h"

namespace flow::command {
namespace {

using access::Files;
using executor::Error;

struct KeysOptions {
  std::string name;  // of a peer, the owner of an API key, or what is revoked
  std::string role = "client";
  std::string key;
  std::string output;
  std::vector<std::string> scopes = {"user"};
  double days = 0;
};

Files files() {
  return Files(find_places().home);
}

// The server's pair, made at the first call.
executor::CurveKeys server_keys(const Files& at) {
  if (std::filesystem::exists(at.server_key)) return executor::read_key_file(at.server_key);
  std::filesystem::create_directories(at.folder);
  std::filesystem::permissions(at.folder, std::filesystem::perms::owner_all);
  const auto keys = executor::make_curve_keys();
  executor::write_key_file(at.server_key, keys);
  return keys;
}

access::PeerRole role_of(const std::string& name) {
  return access::role_named(name).value();  // the command line accepts no other
}

void print(const Context& context, const Json& value, const std::string& text) {
  if (context.json) {
    print_json(value);
  } else {
    std::cout << text << '\n';
  }
}

int run_server(const Context& context, const KeysOptions&) {
  const std::string key = server_keys(files()).public_key;
  print(context, {{"public", key}}, key);
  return exit_code::kOk;
}

int run_make(const Context& context, const KeysOptions& options) {
  const Files at = files();
  const std::string server = server_keys(at).public_key;
  auto keys = executor::make_curve_keys();
  keys.server_key = server;
  access::Peers peers(at.peers);
  const std::string file = options.output.empty() ? options.name + ".key" : options.output;
  executor::write_key_file(file, keys);
  try {
    peers.add({keys.public_key, role_of(options.role), options.name});
  } catch (const Error&) {
    std::filesystem::remove(file);
    throw;
  }
  print(
      context,
      {{"name", options.name}, {"role", options.role}, {"public", keys.public_key}, {"file", file}},
      file + ": move it to the " + options.role + ", and keep no copy");
  return exit_code::kOk;
}

int run_allow(const Context& context, const KeysOptions& options) {
  access::Peers peers(files().peers);
  peers.add({options.key, role_of(options.role), options.name});
  print(context, {{"name", options.name}, {"role", options.role}, {"public", options.key}},
        options.name + " is allowed");
  return exit_code::kOk;
}

int run_revoke(const Context& context, const KeysOptions& options) {
  const Files at = files();
  access::ApiKeys keys(at.api_keys);
  const auto all = keys.all();
  const bool is_api_key = std::any_of(
      all.begin(), all.end(), [&](const access::ApiKey& key) { return key.id() == options.name; });
  if (is_api_key) {
    keys.revoke(options.name);
  } else {
    access::Peers(at.peers).remove(options.name);
  }
  print(context, {{"revoked", options.name}}, options.name + " is revoked");
  return exit_code::kOk;
}

int run_api(const Context& context, const KeysOptions& options) {
  constexpr double kDay_s = 24 * 60 * 60;
  const std::int64_t now_s = std::time(nullptr);
  const std::int64_t end_s =
      options.days == 0 ? 0 : now_s + static_cast<std::int64_t>(options.days * kDay_s);
  access::ApiKeys keys(files().api_keys);
  const std::string key = keys.make(options.name, options.scopes, now_s, end_s);
  print(context, {{"owner", options.name}, {"scopes", options.scopes}, {"key", key}}, key);
  return exit_code::kOk;
}

Json json_of(const access::ApiKey& key) {
  return {{"id", key.id()},
          {"owner", key.owner},
          {"scopes", key.scopes},
          {"created_s", key.created_s},
          {"expires_s", key.expires_s}};
}

int run_list(const Context& context, const KeysOptions&) {
  const Files at = files();
  const access::Peers peers(at.peers);
  const access::ApiKeys keys(at.api_keys);
  Json peer_list = Json::array(), key_list = Json::array();
  for (const auto& peer : peers.all()) {
    peer_list.push_back(
        {{"name", peer.name}, {"role", access::name_of(peer.role)}, {"public", peer.key}});
    if (!context.json) {
      std::cout << access::name_of(peer.role) << ' ' << peer.name << "  " << peer.key << '\n';
    }
  }
  for (const auto& key : keys.all()) {
    key_list.push_back(json_of(key));
    if (!context.json) std::cout << "api " << key.id() << "  of " << key.owner << '\n';
  }
  if (context.json) print_json({{"peers", peer_list}, {"api_keys", key_list}});
  return exit_code::kOk;
}

}  // namespace

void add_keys(App& app, Context& context) {
  auto options = std::make_shared<KeysOptions>();
  auto* keys =
      app.add_subcommand("keys", "Control who may connect from other hosts, and who may ask");
  keys->require_subcommand(1, 1);
  const auto add = [&](const char* name, const char* help, auto run) {
    auto* command = keys->add_subcommand(name, help);
    add_output_options(*command, context);
    command->callback([&context, options, run] {
      context.action = [&context, options, run] { return run(context, *options); };
    });
    return command;
  };
  const auto add_role = [&](App* command) {
    command
        ->add_option("--role", &options->role,
                     "stage, client, or admin: a client that may ask every route")
        ->check(one_of({"stage", "client", "admin"}));
  };
  add("server", "Print the server's public key; creates its key pair the first time", run_server);
  auto* make =
      add("make", "Make and allow a key pair for a stage or client on another host", run_make);
  make->add_option("name", &options->name,
                   "Name of the peer; for a client also the owner of its jobs")
      ->required();
  make->add_option("--output", &options->output, "The key file (default: NAME.key)");
  add_role(make);
  auto* allow = add("allow", "Allow a key pair that was made elsewhere", run_allow);
  allow->add_option("public", &options->key, "Its public key")->required();
  allow
      ->add_option("name", &options->name,
                   "Name of the peer; for a client also the owner of its jobs")
      ->required();
  add_role(allow);
  add("revoke", "Revoke a key; a peer that is connected with it is ignored from then on",
      run_revoke)
      ->add_option("name", &options->name, "Name or public key of a peer, or id of an API key")
      ->required();
  add("list", "Print the allowed keys", run_list);
  auto* api = add("api", "Make an API key; prints it once and keeps only a hash", run_api);
  api->add_option("owner", &options->name, "Owner of the jobs that it requests")->required();
  api->add_option("--scope", &options->scopes, "user, admin, or /endpoint; may be repeated");
  api->add_option("--days", &options->days, "Days until it expires (default: never)")
      ->check(range(0.0, 36'500.0));
}

}  // namespace flow::command
