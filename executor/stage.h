#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "executor/curve_keys.h"

namespace executor {

/// What `souvenir stage` runs: one plugin in this process, as one stage of a flow.
struct StageOptions {
  std::string name;               ///< of the executor in the flow file
  std::filesystem::path library;  ///< the plugin
  std::string connect;            ///< the gateway's address
  std::uint32_t replica = 0;
  std::filesystem::path home;  ///< SOUVENIR_HOME
  /// Files and folders that it may use whatever its plugin declares: those that its parameters
  /// name.
  std::vector<std::filesystem::path> reaches = {};
  std::optional<CurveKeys> keys = {};  ///< for a gateway on another host
};

/// What a stage tells its supervisor by its exit code: starting it again is in vain before somebody
/// mends what it is given. No code that a library ends a process with (EX_CONFIG of sysexits.h).
inline constexpr int kInVain = 78;

/// Joins the gateway, constructs the executor and processes tasks until SIGTERM or SIGINT. Uses the
/// calling thread alone. When started by a supervisor (SOUVENIR_SUPERVISOR is its process id), ends
/// with it. Returns the process's exit code, one of StageMachine's. Throws Error(bad_config) when
/// the address is none, the library is no plugin, or the gateway refuses the stage. The process
/// should then leave by _exit: statics of LibTorch are not safe to destroy.
int run_stage(const StageOptions& options);

}  // namespace executor
