// A plugin that was built against another version of the contract.
#include "executor/plugin.h"

extern "C" __attribute__((visibility("default"))) const executor::Plugin* souvenir_plugin() {
  static const executor::Plugin plugin{.abi = executor::kAbi + 1, .name = "other_abi"};
  return &plugin;
}
