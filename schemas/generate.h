#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schemas/capability.h"
#include "schemas/codec.h"
#include "schemas/tensor.h"

namespace schemas {

/// A request for pictures. Answered by Pictures.
struct Generate {
  static constexpr const char* kType = "generate.v1";
  std::string prompt;  ///< "a sks dog on the moon"
  std::string negative_prompt;
  std::string target_model;  ///< empty: the first of private, private_meta and meta that knows an
                             ///< identifier in the prompt, else pretrained
  std::string identifier;    ///< empty: searched for in the prompt
  std::int64_t num_images = 1;
  std::optional<std::int64_t> num_inference_steps;
  std::optional<double> guidance_scale;
  std::string scheduler;              ///< "euler", "dpmsolver++", ...; empty: the model's own
  std::optional<std::uint64_t> seed;  ///< picture i is drawn from seed + i
  std::optional<std::int64_t> width;  ///< pixels; else the model's own size
  std::optional<std::int64_t> height;
  bool grid = false;  ///< add a contact sheet of all pictures as the last blob
  MSGPACK_DEFINE_MAP(prompt, negative_prompt, target_model, identifier, num_images,
                     num_inference_steps, guidance_scale, scheduler, seed, width, height, grid)
};

/// What a picture is drawn with. The registry resolves it; it is the recipe inside the PNG.
struct DrawSettings {
  std::string version;  ///< "pretrained" or a version id
  std::string prompt;
  std::string negative_prompt;
  std::string target_model;
  std::string identifier;
  std::string category;
  std::vector<std::uint64_t> seeds;  ///< one per picture
  std::int64_t num_inference_steps = 0;
  double guidance_scale = 0;
  std::string scheduler;   ///< empty before the generator: the model's own
  std::int64_t width = 0;  ///< pixels; 0 = the model's own size
  std::int64_t height = 0;
  bool grid = false;
  MSGPACK_DEFINE_MAP(version, prompt, negative_prompt, target_model, identifier, category, seeds,
                     num_inference_steps, guidance_scale, scheduler, width, height, grid)
};

/// registry -> encoder: draw pictures.
struct Generation {
  static constexpr const char* kType = "generation.v1";
  DrawSettings settings;
  std::vector<Capability> capabilities = {};  ///< to read the version
  MSGPACK_DEFINE_MAP(settings, capabilities)
};

/// sampler -> encoder (a call to /prior): draw latents of a category. Answered by Latents.
struct Prior {
  static constexpr const char* kType = "prior.v1";
  DrawSettings settings;
  std::vector<Capability> capabilities = {};  ///< to read the version
  MSGPACK_DEFINE_MAP(settings, capabilities)
};

/// encoder -> generator: the embedded prompt. Answered by Pictures. Tensor "context" f32 [2,
/// length, dim], rows = prompt, negative prompt.
struct Draw {
  static constexpr const char* kType = "draw.v1";
  DrawSettings settings;
  std::vector<Tensor> tensors;
  std::vector<Capability> capabilities = {};  ///< to read the version
  MSGPACK_DEFINE_MAP(settings, tensors, capabilities)
};

/// encoder -> generator: as Draw, answered by Latents.
struct DrawLatents {
  static constexpr const char* kType = "draw_latents.v1";
  DrawSettings settings;
  std::vector<Tensor> tensors;
  std::vector<Capability> capabilities = {};  ///< to read the version
  MSGPACK_DEFINE_MAP(settings, tensors, capabilities)
};

/// Drawn latents: tensor "latents" f32 [pictures, 4, h, w], scaled. The generator (/picture)
/// answers them with Pictures.
struct Latents {
  static constexpr const char* kType = "latents.v1";
  DrawSettings settings;
  std::vector<Tensor> tensors;
  MSGPACK_DEFINE_MAP(settings, tensors)
};

/// PNG pictures, one blob each, with their recipe inside. With `grid`, the last blob is the contact
/// sheet.
struct Pictures {
  static constexpr const char* kType = "pictures.v1";
  DrawSettings settings;
  bool grid = false;
  MSGPACK_DEFINE_MAP(settings, grid)
};

}  // namespace schemas
