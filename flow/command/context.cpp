#include "flow/command/context.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "executor/peer_key_file.h"
#include "executor/trusted_file.h"
#include "flow/gateway/admission.h"

namespace flow::command {

std::string own_address(const Places& places) {
  return "ipc://" + (places.run / "gateway.sock").string();
}

std::string owner() {
  const char* user = std::getenv("USER");
  if (user != nullptr && *user != '\0') return user;
  const passwd* entry = ::getpwuid(::getuid());
  const bool named = entry != nullptr && *entry->pw_name != '\0';
  return named ? entry->pw_name : std::to_string(::getuid());
}

Caller caller(const Context& context) {
  Caller who{owner()};
  const char* token = std::getenv("SOUVENIR_TOKEN");
  if (token != nullptr) who.credential = token;
  if (!context.token_file.empty()) {
    std::istringstream(executor::read_secret_file(context.token_file)) >> who.credential;
  }
  // The own server is reached over ipc, which takes no keys.
  if (!context.key_file.empty() && !context.server.empty())
    who.keys = executor::read_peer_key_file(context.key_file);
  return who;
}

std::filesystem::path default_flow(const Places& places) {
  const char* chosen = std::getenv("SOUVENIR_FLOW");
  return chosen != nullptr && *chosen != '\0' ? std::filesystem::path(chosen)
                                              : places.share / "souvenir.toml";
}

Flow load_named_flow(const std::string& file) {
  const Places places = name_places();
  return load_flow(file.empty() ? default_flow(places) : std::filesystem::path(file), places.run,
                   places.share);
}

void add_output_options(App& command, Context& context) {
  command.add_flag("--json", context.json, "Print one JSON object as the last line of stdout");
  command.add_flag("-q,--quiet", context.quiet, "Show no progress");
}

void add_client_options(App& command, Context& context) {
  add_output_options(command, context);
  command
      .add_option("--server", &context.server,
                  "Address of a server (default: this installation's server)")
      ->envname("SOUVENIR_SERVER");
  command
      .add_option("--key-file", &context.key_file,
                  "Key file for a server on another host, made by souvenir keys make")
      ->envname("SOUVENIR_KEY_FILE");
  command
      .add_option("--token-file", &context.token_file,
                  "File with an API key or token (or set SOUVENIR_TOKEN)")
      ->envname("SOUVENIR_TOKEN_FILE");
}

void add_key_option(App& command, std::string& key) {
  command
      .add_option("--key", &key,
                  "Idempotency key: the server keeps the job on disk, and repeating the request "
                  "with the same key starts no second job")
      ->check(at_most_bytes(Admission::kMaxKeyBytes));
}

}  // namespace flow::command
