#pragma once

#include <string>

#include "flow/file/flow.h"

namespace flow {

/// What starts a process of a remote stage, typed where it shall run, with what has to be put in
/// for HOST and FILE: "souvenir stage trainer --plugin trainer.so --connect tcp://HOST:7871".
std::string join_command(const Flow& flow, const Stage& stage);

}  // namespace flow
