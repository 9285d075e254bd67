#pragma once

#include <filesystem>

#include "flow/command/private_server.h"
#include "schemas/bench.h"

namespace flow::command {

/// A private server that runs the bench executor on one model.
class ModelBench {
 public:
  /// Throws executor::Error(not_found) when the folder does not exist.
  ModelBench(const Places& places, const std::filesystem::path& model, ProgressView& view);

  schemas::TrainTimes train(const schemas::BenchTrain& request);
  schemas::GenerateTimes generate(const schemas::BenchGenerate& request);

 private:
  schemas::Message ask(const std::string& endpoint, const schemas::Message& request);

  TemporaryFolder home_;
  ProgressView& view_;
  PrivateServer server_;
};

}  // namespace flow::command
