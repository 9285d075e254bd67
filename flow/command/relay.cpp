#include "flow/relay/relay.h"

#include <unistd.h>

#include "flow/command/context.h"
#include "flow/relay/drop_rights.h"
#include "flow/relay/system_calls.h"

namespace flow::command {

// Started by the server, which speaks to it through its standard input.
void add_relay(App& app, Context& context) {
  App* command = app.add_subcommand("relay", "Stand before a server's public addresses");
  command->hidden();
  command->callback([&context] {
    context.action = [] {
      relay::drop_rights();
      return relay::run_relay(executor::Descriptor(::dup(STDIN_FILENO)),
                              relay::keep_few_system_calls);
    };
  });
}

}  // namespace flow::command
