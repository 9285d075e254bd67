#include "diffusion/networks/out_of_memory.h"

#include <c10/util/Exception.h>

#include <new>
#include <string>

namespace diffusion {

bool is_out_of_memory(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return true;
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) return true;
  const auto* other = dynamic_cast<const c10::Error*>(&error);  // the allocator of the CPU
  return other != nullptr &&
         std::string(other->what_without_backtrace()).find("not enough memory") !=
             std::string::npos;
}

}  // namespace diffusion
