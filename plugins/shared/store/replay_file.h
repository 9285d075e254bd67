#pragma once

#include <filesystem>
#include <string>

#include "store/layout.h"
#include "store/posterior.h"

/// What a metamodel keeps of a thing so as to go on showing it: the posterior of its pictures, in a
/// folder of the store, `posterior.safetensors` with "mean" and "logvar" f32 [pictures, 4, h, w].
/// Every step draws new latents of it. Written once, never changed.
namespace store {

/// Replaces what an earlier attempt left there. Throws Error(unavailable) when the disk refuses,
/// for want of room files::DiskFull or std::filesystem::filesystem_error.
void write_replay(const std::filesystem::path& folder, const Posterior& posterior,
                  const LatentShape& shape);

/// Throws Error(not_found) when it is not there, damaged, or of another shape; `whose` names the
/// thing in the text.
Posterior read_replay(const std::filesystem::path& folder, const LatentShape& shape,
                      const std::string& whose = "a thing");

}  // namespace store
