#include <catch2/catch.hpp>
#include <fstream>
#include <functional>

#include "diffusion/formats/lora_file.h"
#include "diffusion/formats/lora_kind.h"
#include "diffusion/formats/model_source.h"
#include "diffusion/formats/safetensors_view.h"
#include "diffusion/formats/scheduler_config.h"
#include "diffusion/formats/single_file.h"
#include "diffusion/formats/tokenizer.h"
#include "diffusion/formats/unet_config.h"
#include "diffusion/formats/vae_config.h"
#include "diffusion/formats/weight_files.h"
#include "executor/files/checksums.h"
#include "executor/files/file_error.h"
#include "executor/files/json_file.h"
#include "registry/caption_words.h"
#include "registry/defaults.h"
#include "registry/general_words.h"
#include "registry/identifier_rules.h"
#include "store/retention_note.h"
#include "tests/hostile_files.h"
#include "tests/plugins/registry/registry_fixture.h"

namespace fs = std::filesystem;
using tests::Asks;
using tests::Reader;

namespace {

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

Reader of(const std::string& name, Asks asks, const std::string& text,
          const std::function<void(const fs::path& folder)>& read) {
  return {name, asks,
          [=](const fs::path& folder) {
            write(folder / name, text);
            return folder / name;
          },
          read};
}

// In a model that is whole as far as the registry reads it.
Reader in_model(const std::string& name, Asks asks, const std::string& text,
                const std::function<void(const fs::path& model)>& read) {
  return {name, asks,
          [=](const fs::path& folder) {
            const tests::Office office;
            fs::copy(office.model(), folder / "model", fs::copy_options::recursive);
            if (!text.empty()) write(folder / "model" / name, text);
            return folder / "model" / name;
          },
          [=](const fs::path& folder) { read(folder / "model"); }};
}

void read_tokenizer(const fs::path& model) {
  diffusion::Tokenizer tokenizer(model / "tokenizer");
}

// Whatever it says of a sound file that holds no whole model: only reading is of interest.
template <typename Read>
std::function<void(const fs::path&)> but_for(const std::string& known, const Read& read) {
  return [=](const fs::path& folder) {
    try {
      read(folder);
    } catch (const files::Error& error) {
      if (std::string(error.what()).find(known) == std::string::npos) throw;
    }
  };
}

std::string no_tensors() {
  std::string text(8, '\0');
  text[0] = 2;
  return text + "{}";
}

std::vector<Reader> readers() {
  return {
      in_model("identifiers.txt", Asks::nothing, "sks\n",
               [](const auto& model) { registry::IdentifierRules rules(model); }),
      of("general_words.txt", Asks::nothing, "dog\n",
         [](const auto& folder) { registry::read_general_words(folder); }),
      of("categories.json", Asks::json, R"({"dog": ["pug"]})",
         [](const auto& folder) { registry::read_captions(folder); }),
      of("souvenir.json", Asks::json, "{}",
         [](const auto& folder) { registry::read_advice(folder); }),
      in_model("tokenizer/vocab.json", Asks::json, "", read_tokenizer),
      in_model("tokenizer/merges.txt", Asks::sense, "", read_tokenizer),
      in_model("tokenizer/tokenizer_config.json", Asks::json, "", read_tokenizer),
      in_model("tokenizer/special_tokens_map.json", Asks::json, "{}", read_tokenizer),
      of("unet/config.json", Asks::json, "{}",
         but_for("is missing",
                 [](const auto& f) { diffusion::UNetConfig::from_file(f / "unet/config.json"); })),
      of("vae/config.json", Asks::json, "{}",
         but_for("must be a list",
                 [](const auto& f) { diffusion::VaeConfig::from_file(f / "vae/config.json"); })),
      of("scheduler/scheduler_config.json", Asks::json, R"({"_class_name": "DDIMScheduler"})",
         [](const auto& f) {
           diffusion::SchedulerConfig::from_file(f / "scheduler/scheduler_config.json");
         }),
      of("model.safetensors", Asks::json, no_tensors(),
         [](const auto& f) { diffusion::SafetensorsView view(f / "model.safetensors"); }),
      of("lora.safetensors", Asks::json, no_tensors(),
         [](const auto& f) {
           diffusion::stored_adapter(diffusion::open_lora(f / "lora.safetensors"), {});
         }),
      of("x.safetensors.index.json", Asks::json, R"({"weight_map": {"a": "x-1.safetensors"}})",
         [](const auto& f) { diffusion::weight_files(f, "x"); }),
      of("refs/main", Asks::json, "abc",
         but_for("is not there; download",
                 [](const auto& f) {
                   fs::create_directories(f / "snapshots");
                   diffusion::find_model_folder(f);
                 })),
      of("model_index.json", Asks::json, "{}",
         [](const auto& f) { files::ConfigFile config(f / "model_index.json"); }),
      of("checksums.json", Asks::json, "{}", [](const auto& f) { files::check_checksums(f); }),
  };
}

}  // namespace

TEST_CASE("a hostile file in a model costs its readers neither their memory nor their time") {
  tests::check_hostile_files(readers());
}

TEST_CASE(
    "a model's header that is wide in tensors, dimensions or notes is refused in little memory") {
  const auto header = GENERATE(0, 1, 2);
  std::string json = "{";
  for (int i = 0; i < 200'000 && header == 0; ++i) {
    json += (i == 0 ? "\"" : ",\"") + std::to_string(i) +
            R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  }
  if (header == 1) {
    json += R"("a":{"dtype":"U8","data_offsets":[0,0],"shape":[0)";
    for (int i = 0; i < 4'000'000; ++i) json += ",0";
    json += "]}";
  }
  if (header == 2) json += R"("__metadata__":{"a":"")";
  for (int i = 0; i < 700'000 && header == 2; ++i) json += ",\"" + std::to_string(i) + "\":\"\"";
  if (header == 2) json += "}";
  json += "}";
  std::string length(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(json.size() >> (8 * i) & 0xff);
  const files::TemporaryFolder folder;
  write(folder / "model.safetensors", length + json);
  CHECK_THROWS_WITH(diffusion::SafetensorsView(folder / "model.safetensors"),
                    Catch::Contains("too many"));
}
