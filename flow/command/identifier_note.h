#pragma once

#include <string>

#include "schemas/generate.h"
#include "schemas/identifiers.h"

namespace flow::command {

/// What to tell who has taught things and drew none of them: a prompt without an identifier is
/// drawn by the base model, which looks like one that learned nothing. "" = nothing.
std::string identifier_note(const schemas::Generate& request, const schemas::DrawSettings& drawn,
                            const schemas::IdentifierList& own);

}  // namespace flow::command
