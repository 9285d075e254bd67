#pragma once

#include <exception>
#include <string>

#include "schemas/fault.h"

namespace flow::command {

/// The exit codes of the program.
namespace exit_code {
inline constexpr int kOk = 0;
inline constexpr int kFailure = 1;
inline constexpr int kUsage = 2;
inline constexpr int kBadConfig = 3;
inline constexpr int kNotFound = 4;
inline constexpr int kForbidden = 5;
inline constexpr int kUnreachable = 6;
inline constexpr int kJobFailed = 7;
inline constexpr int kCancelled = 8;
inline constexpr int kOutOfMemory = 9;
inline constexpr int kDoctor = 10;
inline constexpr int kTimeout = 124;
inline constexpr int kInterrupted = 130;
}  // namespace exit_code

/// The exit code for a fault. `interrupted`: the user pressed Ctrl-C.
int exit_code_of(const schemas::Fault& fault, bool interrupted);

/// The fault of an exception: CallError's own, executor::Error's with stage "client", `internal`
/// for any other.
schemas::Fault fault_of(const std::exception_ptr& thrown);

/// Prints "souvenir: trainer: cause\n  hint: hint" to stderr; with `json` also {"error": ...} to
/// stdout.
void report(const schemas::Fault& fault, bool json);

/// Flushes stdout. Returns `code`; or reports that the output could not be written (to a full disk,
/// for example) and returns kFailure.
int end_output(int code);

}  // namespace flow::command
