#pragma once

// Catch2 for tests that include operators of LibTorch: its logging has a CHECK of its own, which
// ends the process. Include this first; Catch2's CHECK is the one that stays.
#include <catch2/catch.hpp>

#pragma push_macro("CHECK")
#include <c10/util/Logging.h>
#pragma pop_macro("CHECK")
