#pragma once

#include <cstdint>

/// Rights that a process gives up, one by one. None of them comes back.
namespace sandbox {

/// No program that it starts has more rights than it (no_new_privs), and what is in memory when it
/// crashes is not written to disk.
void give_up_new_rights();

/// Those of an administrator, should it have any.
void give_up_capabilities();

/// All descriptors from `first` on.
void close_descriptors_from(int first);

/// At most `most` of a resource of setrlimit(), now and later.
void limit(int resource, std::uint64_t most);

}  // namespace sandbox
