#pragma once

#include <sys/types.h>

#include <functional>

#include "executor/descriptor.h"
#include "executor/files/temporary_folder.h"
#include "tests/executor/sandbox/ways_out.h"

namespace ways_out {

/// Of the ways that are known here at least so many lead out of an open process on any kernel.
inline constexpr int kLeastProven = 30;

/// A user's files, servers and processes, which planted code would like to have.
class Surroundings {
 public:
  Surroundings();
  ~Surroundings();
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;

  /// Everything as before the last attempt.
  const Targets& restored() const;
  const Targets& targets() const { return targets_; }

 private:
  void listen_unix();
  void listen_tcp();

  files::TemporaryFolder folder_;
  Targets targets_;
  executor::Descriptor unix_, tcp_;
};

enum class End { out, refused, killed, other };

/// Goes one way in a child, after `prepare`, which closes it or leaves it open.
End attempt(const Way& way, const Targets& at, const std::function<void()>& prepare);

}  // namespace ways_out
