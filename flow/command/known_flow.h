#pragma once

#include <string>
#include <vector>

#include "flow/command/context.h"

namespace flow::command {

/// A note on stderr for each name that the flow of this home does not have, where that is known:
/// the running one, else $SOUVENIR_FLOW. A key may well be made before the flow has the stage, so
/// it is no error.
void note_unknown_stages(const Context& context, const std::vector<std::string>& stages);
/// The same for scopes that are endpoints.
void note_unknown_scopes(const Context& context, const std::vector<std::string>& scopes);

}  // namespace flow::command
