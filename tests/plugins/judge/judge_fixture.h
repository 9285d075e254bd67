#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

namespace tests {

/// A folder that goes with the test; `judge/` in it holds the shape of a tiny judge.
struct JudgeFolder {
  JudgeFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "judge-test-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
    shape(R"("block_out_channels": [8, 16], "layers_per_block": [1, 1], "norm_num_groups": 4)");
  }
  ~JudgeFolder() { std::filesystem::remove_all(path); }
  JudgeFolder(const JudgeFolder&) = delete;
  JudgeFolder& operator=(const JudgeFolder&) = delete;

  void shape(const std::string& levels) const {
    std::filesystem::create_directories(path / "judge");
    std::ofstream(path / "judge/config.json")
        << R"({"model_type": "souvenir-judge", "embedding_dim": 6, "sample_size": 16, )" << levels
        << "}";
  }

  std::filesystem::path path;
};

}  // namespace tests
