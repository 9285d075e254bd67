#include "flow/command/context.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

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

std::filesystem::path default_flow(const Places& places) {
  const char* chosen = std::getenv("SOUVENIR_FLOW");
  return chosen != nullptr && *chosen != '\0' ? std::filesystem::path(chosen)
                                              : places.share / "souvenir.toml";
}

Flow load_named_flow(const std::string& file) {
  const Places places = find_places();
  return load_flow(file.empty() ? default_flow(places) : std::filesystem::path(file), places.run,
                   places.share);
}

void add_output_options(CLI::App& command, Context& context) {
  command.add_flag("--json", context.json, "Print one JSON object as the last line of stdout");
  command.add_flag("-q,--quiet", context.quiet, "Show no progress");
}

void add_client_options(CLI::App& command, Context& context) {
  add_output_options(command, context);
  command
      .add_option("--server", context.server,
                  "Address of a server (default: the one of this installation)")
      ->envname("SOUVENIR_SERVER");
}

void add_key_option(CLI::App& command, std::string& key) {
  command.add_option("--key", key,
                     "Idempotency key: the job is written down, and asking again with the same key "
                     "makes no second one");
}

}  // namespace flow::command
