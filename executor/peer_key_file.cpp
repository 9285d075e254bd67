#include "executor/peer_key_file.h"

#include "executor/error.h"

namespace executor {

CurveKeys read_peer_key_file(const std::filesystem::path& file) {
  auto keys = read_key_file(file);
  if (!keys.server_key.empty()) return keys;
  throw Error("bad_config",
              file.string() + " has no line `server`, the public key of the server to connect to",
              "on the server: souvenir keys server prints it; add it as: server KEY");
}

}  // namespace executor
