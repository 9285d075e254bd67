#pragma once

#include <filesystem>
#include <string>

namespace executor {

/// Keys of one end of an encrypted link (CURVE of ZeroMQ), each as 40 characters of Z85. A value.
struct CurveKeys {
  std::string public_key;
  std::string secret_key;
  std::string server_key = {};  ///< of a stage or client: the gateway's public key
};

/// A new pair from the kernel's random numbers, without server_key. Its public key can be an
/// argument: it does not begin with '-'.
CurveKeys make_curve_keys();

/// Whether the text is 40 characters of Z85.
bool is_curve_key(const std::string& text);

/// Writes a key file with mode 0600: lines "public KEY", "secret KEY" and, when there is one,
/// "server KEY". Throws Error(exists) rather than overwrite one.
void write_key_file(const std::filesystem::path& file, const CurveKeys& keys);

/// Throws Error(bad_config) when there is no such file, when anyone but root or this user owns it
/// or can read or change it (trusted_file.h), or when it is not a key file.
CurveKeys read_key_file(const std::filesystem::path& file);

}  // namespace executor
