#pragma once

#include <cstdint>
#include <string>

/// What the decoder's process gives up before it sees a byte of a stranger. Code that a picture
/// plants in it can compute, answer on the socket that it has, and end; no more.
namespace pictures {

/// What holds in this process. The filter of system calls always does.
struct Closed {
  int landlock = 0;             ///< its version; 0 = the kernel has none
  bool own_namespaces = false;  ///< as sandbox/namespaces.h
};

/// Lets the libraries set up, once and for all, what they set up at first use, for each format and
/// for damaged pictures.
void warm_up();

/// Closes this process, for good: descriptors but stdin, stdout and stderr; capabilities; files,
/// processes, networks; memory above the present plus `decode_bytes`; every system call but those
/// that decoding takes. Call it after warm_up(). One thread. Throws std::system_error when the
/// kernel takes no filter of system calls. Under sanitizers, whose own calls are many, memory and
/// system calls stay free.
Closed close_decoder(std::uint64_t decode_bytes);

/// As `souvenir doctor` shows it.
std::string text_of(const Closed& closed);

}  // namespace pictures
