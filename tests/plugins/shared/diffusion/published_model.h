#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "diffusion_fixtures.h"

/// Random weights in a model that is small, but built by the rules of the published ones: those of
/// Stable Diffusion 2 when `second`. Written into `folder`; returns its path.
std::filesystem::path small_published_model(const TemporaryFolder& folder, bool second);

/// A file of zeros with these shapes, as sparse as the disk allows.
void write_shapes(const std::filesystem::path& path,
                  const std::map<std::string, std::vector<int>>& shapes,
                  const std::map<std::string, std::string>& metadata = {});

/// Shapes of the layers of a published model that tell how it is built.
std::map<std::string, std::vector<int>> published_shapes(bool second);
