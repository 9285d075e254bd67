#include "flow/command/identifier_note.h"

#include <algorithm>

#include "schemas/targets.h"

namespace flow::command {
namespace {

constexpr std::size_t kShownIdentifiers = 8;

}  // namespace

std::string identifier_note(const schemas::Generate& request, const schemas::DrawSettings& drawn,
                            const schemas::IdentifierList& own) {
  const bool asked_for_none = request.target_model == schemas::kPretrained;
  if (asked_for_none || !drawn.identifier.empty() || own.identifiers.empty()) return "";
  std::string names;
  const auto shown = std::min(own.identifiers.size(), kShownIdentifiers);
  for (std::size_t i = 0; i < shown; ++i) names += ' ' + own.identifiers[i].identifier;
  if (shown < own.identifiers.size()) names += " ...";
  return "note: the prompt names none of your identifiers, so the pictures show none of your "
         "things:" +
         names + " (souvenir identifiers; --target-model pretrained says that you want none)";
}

}  // namespace flow::command
