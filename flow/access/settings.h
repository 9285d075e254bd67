#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace flow::access {

/// One [[access.jwt]] of a flow file: a key that signs tokens, and which tokens it vouches for. A
/// value.
struct TokenSettings {
  std::string kid;        ///< tokens name it; "" = the key for tokens without a kid
  std::string algorithm;  ///< HS256 | RS256 | ES256 | EdDSA; the token's own `alg` does not count
  /// PEM file with the public key; for HS256 the secret itself. Or a folder of such files, each
  /// named after its kid, KID.pem: what is put in or taken out counts while the flow runs.
  std::filesystem::path key;
  std::string issuer;         ///< `iss` must equal it
  std::string audience;       ///< `aud` must name it
  std::string claim = "sub";  ///< the claim whose text is the principal
};

/// [access] of a flow file. A value.
struct Settings {
  bool on = false;        ///< the flow has [access]: every request needs a principal
  bool trust_ipc = true;  ///< a peer on the ipc socket (only the owner of the home folder reaches
                          ///< it) is the operator without a credential
  std::vector<std::string> users;   ///< addresses "a@b.org" and domains "b.org" for tokens
  std::vector<std::string> admins;  ///< like users; they may also ask admin routes
  std::vector<TokenSettings> tokens;
  bool audit_file = true;     ///< audit = "file" or "both"
  bool audit_syslog = false;  ///< audit = "syslog" or "both"
};

/// The files that grant access, in the home folder.
struct Files {
  explicit Files(const std::filesystem::path& home) : folder(home / "access") {}
  std::filesystem::path folder;
  std::filesystem::path server_key = folder / "server.key";
  std::filesystem::path former_server_key = folder / "server.old.key";  ///< while it is rotated
  std::filesystem::path peers = folder / "peers";
  std::filesystem::path api_keys = folder / "api_keys.json";
  std::filesystem::path addresses = folder / "addresses.json";
  std::filesystem::path audit = folder / "audit.log";       ///< what was allowed
  std::filesystem::path refusals = folder / "refused.log";  ///< what was refused
};

}  // namespace flow::access
