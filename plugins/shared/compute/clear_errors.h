#pragma once

#include <functional>
#include <string>

namespace compute {

/// Runs `work` and translates what the computing libraries throw: files::Error and a codec's
/// error to Error(`code`) with their text and `hint`, a full disk to unavailable, a stopped walk to
/// Cancelled, LibTorch's errors to out_of_memory or internal without their stack traces. Everything
/// else passes through.
void with_clear_errors(const std::string& code, const std::string& hint,
                       const std::function<void()>& work);

}  // namespace compute
