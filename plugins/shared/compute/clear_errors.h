#pragma once

#include <functional>
#include <string>

namespace compute {

/// Runs `work` and translates the exceptions of the computing libraries: files::Error and
/// CodecError become Error(`code`) with their text and `hint`; a full disk becomes unavailable; a
/// stopped walk becomes Cancelled; LibTorch's errors become out_of_memory or internal, without
/// their stack traces. All other exceptions pass through.
void with_clear_errors(const std::string& code, const std::string& hint,
                       const std::function<void()>& work);

}  // namespace compute
