#pragma once

#include <string>
#include <vector>

#include "flow/server/up.h"

namespace flow::command {

/// What `doctor` found out about one subject. A value.
struct Finding {
  std::string name;
  bool ok = true;
  std::string detail;  ///< what was found, or what is wrong
  std::string hint;    ///< how to fix it; empty when ok
};

/// One finding per subject, in the order in which to fix them. Does not throw.
std::vector<Finding> examine();

/// Single checks of examine().
Finding check_socket_path(const Places& places);
Finding check_writable(const std::filesystem::path& folder);
Finding check_database(const std::filesystem::path& file);
Finding check_model(const std::filesystem::path& model);

}  // namespace flow::command
