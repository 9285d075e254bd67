#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "executor/files/temporary_folder.h"

#include <catch2/catch.hpp>

namespace tests {

/// A folder that goes with the test; `judge/` in it holds the shape of a tiny judge.
struct JudgeFolder {
  JudgeFolder() {
    shape(R"("block_out_channels": [8, 16], "layers_per_block": [1, 1], "norm_num_groups": 4)");
  }
  void shape(const std::string& levels) const {
    std::filesystem::create_directories(path / "judge");
    std::ofstream(path / "judge/config.json")
        << R"({"model_type": "souvenir-judge", "embedding_dim": 6, "sample_size": 16, )" << levels
        << "}";
  }

  files::TemporaryFolder temporary;
  std::filesystem::path path = temporary.path();
};

}  // namespace tests
