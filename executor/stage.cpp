#include "executor/stage.h"

#include <unistd.h>

#include "executor/server_address.h"
#include "executor/stage_machine.h"
#include "executor/stage_process.h"

namespace executor {

int run_stage(const StageOptions& options) {
  check_server_address(options.connect);
  StageProcess process(options);
  StageMachine machine({options.name, options.replica, getpid(), options.home}, process.plugin(),
                       process);
  return machine.run();
}

}  // namespace executor
