#pragma once

#include <string>
#include <vector>

/// What code would try that somebody has planted in a process.
namespace ways_out {

/// What there is to get at.
struct Targets {
  std::string key;     ///< a file with a secret
  std::string socket;  ///< where an operator's server listens
  int port = 0;        ///< of TCP, likewise
  int victim = 0;      ///< the id of a process that does nothing
  std::string folder;  ///< where files can be made
};

struct Way {
  const char* name;
  bool (*out)(const Targets&);  ///< whether it got out
};

const std::vector<Way>& all();

}  // namespace ways_out
