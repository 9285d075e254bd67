#pragma once

#include <string>
#include <vector>

#include "flow/server/up.h"

namespace flow::command {

/// What `doctor` found out about one thing. A value.
struct Finding {
  std::string name;
  bool ok = true;
  std::string detail;  ///< what is there, or what is wrong
  std::string hint;    ///< how to mend it; empty when ok
};

/// One finding a subject, in the order in which they are mended. None throws.
std::vector<Finding> examine();

/// Parts of it, each on its own.
Finding check_socket_path(const Places& places);
Finding check_writable(const std::filesystem::path& folder);
Finding check_model(const std::filesystem::path& model);

}  // namespace flow::command
