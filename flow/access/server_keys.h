#pragma once

#include <optional>

#include "executor/curve_keys.h"
#include "flow/access/private_file.h"
#include "flow/access/settings.h"

namespace flow::access {

/// The server's own CURVE pair, and, while it is rotated, the former one: peers reach the server
/// with the public key of either. Each is a key file of its owner alone. One thread; several
/// processes may read while one changes them.
class ServerKeys {
 public:
  /// Reads what is there; nothing without a public address. Throws executor::Error(bad_config) for
  /// a file that is no key or that others can read.
  ServerKeys(const Files& files, bool is_public);

  /// Reads the files again when they have changed, and says so. Files that became invalid change
  /// nothing.
  bool refresh();

  const std::optional<executor::CurveKeys>& present() const { return present_; }
  const std::optional<executor::CurveKeys>& former() const { return former_; }

  /// Makes the pair, unless there is one; the public key. Throws executor::Error.
  static std::string make_once(const Files& files);
  /// A new pair takes the place of the present one, which becomes the former; its public key.
  /// Throws executor::Error(exists) while a rotation is not finished.
  static std::string rotate(const Files& files);
  /// The former pair is gone. Throws executor::Error(not_found) when there is none.
  static void finish(const Files& files);

 private:
  void read();

  bool is_public_;
  PrivateFile present_file_, former_file_;
  std::optional<executor::CurveKeys> present_, former_;
};

}  // namespace flow::access
