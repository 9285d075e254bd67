#pragma once

#include <cstddef>
#include <string_view>

#include "executor/descriptor.h"
#include "schemas/blob.h"

namespace executor {

/// Blobs of this size or more go to another process of this host as memory that both map. Smaller
/// ones cost less as bytes on the socket.
inline constexpr std::size_t kShareFromBytes = 64 * 1024;

/// This process keeps the descriptors of so many blobs, so that it can pass them on. It copies any
/// more, and passes them on as ordinary bytes.
inline constexpr std::size_t kMaxSharedBlobs = 256;

/// New memory that holds these bytes, sealed: nobody can change or shrink it any more. It belongs
/// to no file system; the kernel frees it with its last descriptor and mapping, however the
/// processes end. An empty Descriptor when the system has no room.
Descriptor share(std::string_view bytes);

/// The blob that another process shared, mapped for reading. Throws Error(protocol) unless it is
/// sealed memory of 1 to schemas::kMaxBlobBytes.
schemas::Blob blob_in(Descriptor memory);

/// The descriptor of the memory behind a blob that came from blob_in(); valid as long as the blob
/// lives. -1 for any other blob.
int memory_of(const schemas::Blob& blob);

}  // namespace executor
