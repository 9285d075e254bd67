#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "flow/file/flow.h"
#include "schemas/status.h"

namespace flow {

/// The folders that a server uses; all but `share` are in SOUVENIR_HOME.
struct Places {
  std::filesystem::path home;   ///< state of this installation
  std::filesystem::path run;    ///< sockets, locks, logs of the running server: home/run
  std::filesystem::path share;  ///< default flow and base model, read only
};

/// SOUVENIR_HOME (else $XDG_DATA_HOME/souvenir, else ~/.local/share/souvenir), and the shared files
/// beside the program (../share/souvenir). Makes and looks at nothing. Throws
/// executor::Error(bad_config) when there is no home, or its path is not UTF-8.
Places name_places();
/// The same, for whoever uses them: makes `home` and `run` with mode 0700 where they are not there.
/// Those that are stay as they are. Throws executor::Error(bad_config) when another user owns or
/// can change one of them (executor/files/trusted.h), or when they cannot be written.
Places find_places();

/// Runs a flow in this process until it gets SIGTERM, SIGINT or a stop request: binds the sockets,
/// starts and watches the stages, and routes messages. Returns 0 after an orderly stop. Calls
/// `on_ready` once, when every local stage is ready, and `check_gpu_memory` before it adds
/// processes. Throws executor::Error when a socket is in use or a stage cannot be started.
int serve(const Flow& flow, const Places& places, const CheckGpuMemory& check_gpu_memory,
          const std::function<void()>& on_ready);

}  // namespace flow
