#pragma once

namespace sandbox {

/// Whether this is built with a sanitizer's runtime: it has a large shadow of the memory, looks
/// into /proc and makes threads, so that such a process cannot be closed as others are.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace sandbox
