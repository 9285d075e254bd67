#pragma once

#include <exception>

#include "schemas/fault.h"

namespace executor {

/// What a client hears of an exception that an executor threw. Its stage and job are left out.
schemas::Fault fault_of(const std::exception& error);

}  // namespace executor
