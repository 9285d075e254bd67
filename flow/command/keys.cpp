// The command line of `souvenir keys`; key_commands.h has what it does.
#include <memory>

#include "flow/command/key_commands.h"

namespace flow::command {
namespace {

using Run = int (*)(const Context&, const KeysOptions&);

struct Adder {
  App& keys;
  Context& context;
  std::shared_ptr<KeysOptions> options = std::make_shared<KeysOptions>();

  App* add(const char* name, const char* help, Run run) const {
    auto* command = keys.add_subcommand(name, help);
    add_output_options(*command, context);
    command->callback([&context = context, options = options, run] {
      context.action = [&context, options, run] { return run(context, *options); };
    });
    return command;
  }
  void add_name(App* command) const {
    command
        ->add_option("name", &options->name,
                     "Name of the peer; for a client also the owner of its jobs")
        ->required();
  }
  void add_rights(App* command) const {
    command
        ->add_option("--role", &options->role,
                     "stage, client (default), or admin: a client that may ask every route")
        ->check(one_of({"stage", "client", "admin"}));
    command->add_option(
        "--stage", &options->stages,
        "A stage that it may join as; may be repeated. Makes it the key of a stage");
    command
        ->add_option(
            "--workers", &options->workers,
            "For a stage: processes that it may run at once, all its stages together (default: 1)")
        ->check(range(1, access::kMaxWorkers));
  }
};

void add_peers(const Adder& adder) {
  adder.add("server", "Print the server's public key; creates its key pair the first time",
            run_server);
  auto* make = adder.add("make", "Make and allow a key pair for a stage or client on another host",
                         run_make);
  adder.add_name(make);
  make->add_option("--output", &adder.options->output, "The key file (default: NAME.key)");
  adder.add_rights(make);
  auto* allow = adder.add("allow",
                          "Allow a key pair that was made elsewhere, or change the stages of a "
                          "stage's key",
                          run_allow);
  allow->add_option("public", &adder.options->key, "Its public key")->required();
  adder.add_name(allow);
  adder.add_rights(allow);
  auto* rotate = adder.add("rotate",
                           "Give a peer, or without a name the server, a second key, and with "
                           "--finish end the former one",
                           run_rotate);
  rotate->add_option("name", &adder.options->name, "Name of the peer (default: the server)");
  rotate->add_option("--output", &adder.options->output,
                     "The peer's new key file (default: NAME.new.key)");
  rotate->add_flag("--finish", adder.options->finish, "The former key is taken no more");
}

}  // namespace

void add_keys(App& app, Context& context) {
  auto* keys =
      app.add_subcommand("keys", "Control who may connect from other hosts, and who may ask");
  keys->require_subcommand(1, 1);
  const Adder adder{*keys, context};
  add_peers(adder);
  adder
      .add("revoke",
           "Revoke a key; returns when the running server has ended what was open with it",
           run_revoke)
      ->add_option("name", &adder.options->name,
                   "Name or public key of a peer, or id of an API key")
      ->required();
  adder.add("reread", "Have the running server read all keys and lists again, and wait for it",
            run_reread);
  adder.add("list", "Print the allowed keys", run_list);
  auto* api = adder.add("api", "Make an API key; prints it once and keeps only a hash", run_api);
  api->add_option("owner", &adder.options->name, "Owner of the jobs that it requests")->required();
  api->add_option("--scope", &adder.options->scopes, "user, admin, or /endpoint; may be repeated");
  api->add_option("--days", &adder.options->days, "Days until it expires (default: never)")
      ->check(range(0.0, 36'500.0));
}

}  // namespace flow::command
