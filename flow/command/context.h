#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "flow/client/client.h"
#include "flow/command/options.h"
#include "flow/server/up.h"

namespace flow::command {

/// The options that several subcommands share. Lives as long as main().
struct Context {
  bool json = false;            ///< print one JSON object as the last line of stdout
  bool quiet = false;           ///< show no progress
  std::string key_file;         ///< CURVE keys for a server on another host; empty = none
  std::string token_file;       ///< contains an API key or a token; empty = none
  std::string server;           ///< address of a server; empty = this installation's server
  std::function<int()> action;  ///< the chosen subcommand; returns the exit code
};

/// The address of this installation's own server.
std::string own_address(const Places& places);

/// The principal of this program's requests: $USER, else the user's name, else the user id.
std::string owner();

/// How this program identifies itself to a server: its owner, the credential from $SOUVENIR_TOKEN
/// or the token file, and the keys in the key file. Throws executor::Error(bad_config) for a file
/// that is invalid or that others can read.
Caller caller(const Context& context = {});

/// The flow that `up` runs by default: $SOUVENIR_FLOW, else souvenir.toml in `share`.
std::filesystem::path default_flow(const Places& places);

/// Reads and checks a flow file; "" = the default flow. Throws executor::Error.
Flow load_named_flow(const std::string& file);

/// Adds --json and --quiet.
void add_output_options(App& command, Context& context);
/// Adds --json, --quiet, --server, --key-file and --token-file.
void add_client_options(App& command, Context& context);

/// Adds --key: the same request with the same key is the same job.
void add_key_option(App& command, std::string& key);

/// The subcommands, one file each. Each function adds its subcommand to `app`; the chosen
/// subcommand sets `context.action`.
void add_up(App& app, Context& context);
void add_down(App& app, Context& context);
void add_status(App& app, Context& context);
void add_check(App& app, Context& context);
void add_plan(App& app, Context& context);
void add_graph(App& app, Context& context);
void add_describe(App& app, Context& context);
void add_call(App& app, Context& context);
void add_finetune(App& app, Context& context);
void add_generate(App& app, Context& context);
void add_identifiers(App& app, Context& context);
void add_keys(App& app, Context& context);
void add_audit(App& app, Context& context);
void add_evaluate(App& app, Context& context);
void add_models(App& app, Context& context);
void add_jobs(App& app, Context& context);
void add_scale(App& app, Context& context);
void add_swap(App& app, Context& context);
void add_stage(App& app, Context& context);
void add_relay(App& app, Context& context);
void add_doctor(App& app, Context& context);
void add_bench(App& app, Context& context);
void add_version(App& app, Context& context);

/// All of them.
void add_commands(App& app, Context& context);

}  // namespace flow::command
