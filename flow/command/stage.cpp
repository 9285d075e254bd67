#include "executor/stage.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "executor/load.h"
#include "executor/peer_key_file.h"
#include "executor/trusted_file.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"

namespace flow::command {
namespace {

int run_and_leave(const executor::StageOptions& given) {
  executor::StageOptions options = given;
  ::umask(S_IRWXG | S_IRWXO);  // what it makes in the home is the home's owner's alone
  if (options.home.empty()) {
    options.home = find_places().home;
  } else {
    executor::make_private_folder(options.home);
  }
  int code = exit_code::kFailure;
  try {
    code = executor::run_stage(options);
  } catch (...) {
    const auto fault = fault_of(std::current_exception());
    report(fault, false);
    code = exit_code_of(fault, false);
  }
  const bool is_supervised = std::getenv("SOUVENIR_SUPERVISOR") != nullptr;
  if (is_supervised && code == exit_code::kBadConfig) code = executor::kInVain;
  std::cout.flush();
  std::cerr.flush();
  ::_exit(code);  // statics of LibTorch are not safe to destroy
}

// shout.so beside it, or shout.so and shout on the plugin path.
std::filesystem::path library_of(const std::string& given) {
  const bool is_path = given.find('/') != given.npos || std::filesystem::is_regular_file(given);
  return is_path ? std::filesystem::path(given)
                 : executor::find_plugin(given, std::filesystem::current_path());
}

}  // namespace

void add_stage(App& app, Context& context) {
  auto options = std::make_shared<executor::StageOptions>();
  auto library = std::make_shared<std::string>();
  auto home = std::make_shared<std::string>();
  auto key_file = std::make_shared<std::string>();
  auto reaches = std::make_shared<std::vector<std::string>>();
  auto* command =
      app.add_subcommand("stage", "Run one replica of a stage in this process and join a gateway");
  command->add_option("name", &options->name, "Name of the stage in the flow file")->required();
  command
      ->add_option("--plugin", library.get(),
                   "The plugin's library, or its name on the plugin path")
      ->required();
  command->add_option("--connect", &options->connect, "Address of the gateway")->required();
  command->add_option("--replica", &options->replica, "Number of this replica");
  command->add_option("--home", home.get(), "Folder for its state (default: SOUVENIR_HOME)");
  command->add_option("--reach", reaches.get(),
                      "A file or folder that its parameters name; it stays open to the stage, even "
                      "if SOUVENIR_HOME lies in it");
  command
      ->add_option("--key-file", key_file.get(),
                   "Key file for a gateway on another host; made there by souvenir keys make NAME "
                   "--stage STAGE")
      ->envname("SOUVENIR_KEY_FILE");
  command->callback([&context, options, library, home, key_file, reaches] {
    context.action = [options, library, home, key_file, reaches] {
      options->library = library_of(*library);
      options->home = *home;
      options->reaches.assign(reaches->begin(), reaches->end());
      if (!key_file->empty()) options->keys = executor::read_peer_key_file(*key_file);
      return run_and_leave(*options);
    };
  });
}

}  // namespace flow::command
