#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "evaluation/measures.h"
#include "executor/executor.h"
#include "executor/plugin.h"
#include "schemas/finetune.h"

namespace evaluation {

using Pictures = std::vector<schemas::Blob>;  // PNG files

/// Most pictures that one call draws or encodes.
inline constexpr std::size_t kMostAtOnce = 16;

/// Pictures as scaled latents: the mean of the VAE's posterior.
struct EncodedPictures {
  std::vector<std::int64_t> shape;  ///< [pictures, 4, h, w]
  std::vector<float> latents;
};

/// A thing that was taught, and what it cost.
struct Taught {
  std::string identifier;
  std::int64_t steps = 0;
  double seconds = 0;
};

/// Draws, judges, reconstructs and teaches through the routes of the flow. Keeps drawn pictures in
/// `kept`, so that a stopped request, or a request for another part, can use them. Lives as long as
/// one process() call.
class RouteClient {
 public:
  RouteClient(executor::Outbox& out, std::filesystem::path kept);

  /// `count` pictures of the prompt from the seeds `seed`, `seed` + 1, ... (/generate), with the
  /// model's advice for steps and guidance.
  Pictures draw(const std::string& prompt, std::int64_t count, std::uint64_t seed);
  /// What the judge sees in the pictures (/judge).
  Looks look(const Pictures& pictures);
  /// Encodes at most kMostAtOnce pictures with the pretrained VAE (/encode).
  EncodedPictures encode(const Pictures& pictures);
  /// Encodes the pictures and decodes them again (/encode, /picture).
  Pictures reconstruct(const Pictures& pictures);
  /// Teaches a thing with the model's advice for settings (/finetune), once for each `name`.
  Taught teach(const std::string& name, const Pictures& pictures, const std::string& category);

  /// Tells the client what is going on.
  void tell(const std::string& text, std::size_t step, std::size_t total);

 private:
  Pictures drawn_now(const std::string& prompt, std::int64_t count, std::uint64_t seed);

  executor::Outbox& out_;
  std::filesystem::path kept_;
};

/// Reads a whole file. Throws Error(bad_config) when that fails.
schemas::Blob read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, std::string_view bytes);

/// The routes that a RouteClient calls.
std::vector<executor::Call> route_client_calls();

}  // namespace evaluation
