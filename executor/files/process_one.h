#pragma once

namespace files {

/// The first process of a container gets every orphan there is, and has to collect its end; signals
/// that it does not handle are lost. When this is that process, returns in a child of it, which
/// does the program's work: process 1 stays, hands SIGTERM, SIGINT, SIGHUP and SIGQUIT on, collects
/// whoever ends, and ends as the child did, with 128 + signal when it was killed. Does nothing in
/// any other process. Call it before there are threads.
void leave_process_one();

/// Whether this is the child that leave_process_one() made.
bool left_process_one();

}  // namespace files
