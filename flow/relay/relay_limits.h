#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "schemas/limits.h"

/// What the relay allows. Before a peer is let in, all peers together cost this host at most
/// 256 MiB: kHandshakes connections with their buffers, and kPlainBytes of unread messages.
namespace flow::relay {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using std::chrono::milliseconds;

inline constexpr std::size_t kConnections = 2'048;         ///< in all
inline constexpr std::size_t kConnectionsOfAddress = 512;  ///< see PeerAddress::group
inline constexpr std::size_t kHandshakes = 256;            ///< connections not let in yet, in all
inline constexpr std::size_t kHandshakesOfAddress = 64;    ///< the same of one address
inline constexpr double kNewPerSecond = 64;                ///< connections of one address, lasting
inline constexpr double kNewAtOnce = kConnectionsOfAddress;  ///< and in a burst: all come again
inline constexpr milliseconds kHandshakeTime{3'000};         ///< for a peer's part of the handshake

/// Silence after which a peer's host or its link counts as gone, however much is on its way. The
/// requests of a client should not stay open for nobody: with the gateway's next beat that is
/// noticed within 5 s. A lost stage costs an attempt.
inline constexpr milliseconds kClientGone{3'000};
inline constexpr milliseconds kStageGone{10'000};

inline constexpr std::size_t kMaxCommandBytes = 1'024;  ///< of a handshake, or between messages
inline constexpr std::uint64_t kBoxBytes =
    33;  ///< what CURVE adds to a frame: name, nonce, MAC, flags
inline constexpr std::uint64_t kMaxFrameBytes = schemas::kMaxBlobBytes;
inline constexpr std::uint32_t kMaxFrames = 2 + schemas::kMaxBlobs;  ///< of a message: header, body

/// Bytes that may be on their way to the gateway and unread by it: of everyone on a link without
/// keys together, and of the holder of a key. The latter has room for a request of 30 pictures of
/// 32 MiB.
inline constexpr std::uint64_t kPlainBytes = 128ULL << 20;
inline constexpr std::uint64_t kOwnerBytes = 1ULL << 30;
/// Of a connection, even when its owner has no room: small requests pass beside a large one.
inline constexpr std::uint64_t kSpareBytes = 64ULL << 10;
inline constexpr std::uint32_t kFramesAhead = 4'096;  ///< the same in frames, of one connection
inline constexpr milliseconds kPatience{1'000};  ///< of who waits for room: then the largest goes

inline constexpr std::size_t kChunkBytes = 32 << 10;  ///< buffered of a connection, each way
inline constexpr std::size_t kHandshakeChunkBytes = 2 << 10;  ///< the same before it is let in
/// What strangers do cannot keep the processor from those who are in: in each window so many
/// newcomers are taken, those of refused addresses among them, and so many bytes are read of all
/// peers on links without keys together (62 MiB/s). The others wait with the kernel. But who had
/// nothing in a window may have a chunk: small requests pass beside a large one.
inline constexpr milliseconds kWindow{4};
inline constexpr std::uint64_t kNewcomersInAWindow = 2;
inline constexpr std::uint64_t kPlainBytesInAWindow = 256 << 10;
inline constexpr int kRoundsInATurn = 8;  ///< chunks of a connection, before others are served
inline constexpr milliseconds kTick{100};
inline constexpr milliseconds kFarewell{1'000};  ///< to write what the gateway said last

}  // namespace flow::relay
