#pragma once

#include <set>
#include <string>
#include <vector>

#include "registry/booking_table.h"
#include "registry/defaults.h"
#include "schemas/generate.h"

namespace registry {

/// What a request for pictures is resolved against.
struct Drawable {
  std::vector<Booking> bookings;  ///< what the owner can use, and what is in training for them
  std::string private_meta;       ///< current version of their metamodel, or "pretrained"
  std::string meta;               ///< of the shared one, likewise
  std::set<std::string> lost;     ///< versions that are damaged: what they learned is not drawn
};

/// Checks a request for pictures against schemas/request_limits.h, finds out which version draws
/// it, and fills in what it leaves open. Without a target_model, the first of private, private_meta
/// and meta that knows all identifiers in the prompt draws it, else pretrained. An identifier that
/// the owner cannot use is not told from one that does not exist. Throws Error bad_input,
/// not_found, or unavailable while the identifier is still in training, or when the version that
/// has learned it is damaged.
schemas::DrawSettings resolve(const schemas::Generate& request, const Drawable& drawable,
                              const Defaults& defaults);

}  // namespace registry
