#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flow/access/peers.h"
#include "flow/access/settings.h"
#include "flow/command/context.h"
#include "flow/command/json.h"

namespace flow::command {

/// The flags of `souvenir keys`. A value.
struct KeysOptions {
  std::string name;  ///< of a peer, the owner of an API key, or what is revoked
  std::string role;  ///< "" = that of a stage when stages are named, else a client's
  std::vector<std::string> stages;
  std::optional<std::int64_t> workers;
  std::string key;
  std::string output;
  std::vector<std::string> scopes = {"user"};
  double days = 0;
  bool finish = false;
};

/// The files of this installation.
access::Files access_files();

/// Puts a change in force and prints it: `value`, with the member `server` ("in force" or "none
/// runs"), or the text.
void print_change(const Context& context, Json value, const std::string& text);

// Each runs one command and returns the exit code; throws executor::Error, CallError.
int run_server(const Context& context, const KeysOptions& options);
int run_make(const Context& context, const KeysOptions& options);
int run_allow(const Context& context, const KeysOptions& options);
int run_rotate(const Context& context, const KeysOptions& options);
int run_revoke(const Context& context, const KeysOptions& options);
int run_reread(const Context& context, const KeysOptions& options);
int run_api(const Context& context, const KeysOptions& options);
int run_list(const Context& context, const KeysOptions& options);

}  // namespace flow::command
