#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>

#include "flow/file/flow.h"

namespace flow {

/// The stage with another plugin, when the whole flow would still be right. Of its parameters the
/// new plugin gets those that it has too; `given` decides before them, and a text there is read as
/// the parameter's type says. The others are set aside, so that the swap back is the way back.
/// Throws executor::Error, and nothing has changed.
Stage swapped_stage(const Flow& flow, std::size_t stage, const std::string& run,
                    std::pair<std::filesystem::path, executor::Plugin> found,
                    const schemas::Values& given);

}  // namespace flow
