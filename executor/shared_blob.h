#pragma once

#include <cstddef>
#include <string_view>

#include "executor/descriptor.h"
#include "schemas/blob.h"

namespace executor {

/// Blobs from this size on go to another process of this host as memory that both map; a smaller
/// one costs less as bytes on the socket.
inline constexpr std::size_t kShareFromBytes = 64 * 1024;

/// Blobs of which this process keeps the descriptor, so that it can pass them on. What comes
/// beyond is copied, and passed on as any other bytes.
inline constexpr std::size_t kMaxSharedBlobs = 256;

/// New memory that holds these bytes, sealed: from now on nobody changes or shrinks it. It is of no
/// file system; the kernel frees it with its last descriptor and mapping, however their processes
/// end. None when the system has no room.
Descriptor share(std::string_view bytes);

/// The blob that another process shared, mapped to be read. Throws Error(protocol) when it is
/// anything but sealed memory of at most schemas::kMaxBlobBytes.
schemas::Blob blob_in(Descriptor memory);

/// The memory behind a blob that came from blob_in(), as long as the blob lives; -1 for any other.
int memory_of(const schemas::Blob& blob);

}  // namespace executor
