#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "flow/file/flow.h"
#include "schemas/status.h"

namespace flow {

/// The folders that a server uses; all under SOUVENIR_HOME but `share`.
struct Places {
  std::filesystem::path home;   ///< state of this installation
  std::filesystem::path run;    ///< sockets, locks, logs of the running server: home/run
  std::filesystem::path share;  ///< default flow and base model, read only
};

/// SOUVENIR_HOME (default $XDG_DATA_HOME/souvenir, default ~/.local/share/souvenir), and the shared
/// files beside the program (../share/souvenir). Creates `home` and `run` with mode 0700.
Places find_places();

/// Runs a flow in this process until it is told to stop (SIGTERM, SIGINT, or a stop request): binds
/// the sockets, starts and watches the stages, routes. Returns 0 after an orderly stop.
/// `on_ready` is called once, when every local stage has said ready. Throws executor::Error when a
/// socket is in use or a stage cannot be started. `check_gpu_memory` is asked before processes are
/// added.
int serve(const Flow& flow, const Places& places, const CheckGpuMemory& check_gpu_memory,
          const std::function<void()>& on_ready);

}  // namespace flow
