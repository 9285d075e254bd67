#include "executor/sandbox/namespaces.h"

#include <sched.h>

namespace sandbox {

bool enter_own_namespaces() {
  return ::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) == 0;
}

}  // namespace sandbox
