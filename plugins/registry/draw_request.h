#pragma once

#include <string>
#include <vector>

#include "registry/booking_table.h"
#include "registry/defaults.h"
#include "schemas/generate.h"

namespace registry {

/// Checks a request for pictures against limits.h, finds out which version draws it, and fills in
/// what it leaves open. `bookings` are those of the owner: an identifier of somebody else is not
/// told from one that does not exist.
/// Throws Error bad_input, not_found, or unavailable while the identifier is still in training.
schemas::DrawSettings resolve(const schemas::Generate& request,
                              const std::vector<Booking>& bookings, const Defaults& defaults);

}  // namespace registry
