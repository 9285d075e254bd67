#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "executor/error.h"
#include "flow/file/flow_file.h"

namespace flow_test {

/// Tables as those of the shipped executors, and of two small ones, without their libraries.
inline std::map<std::string, executor::Plugin> fake_plugins() {
  using executor::Handler;
  const executor::Param model{"model", std::string(), "folder of the base model"};
  std::map<std::string, executor::Plugin> plugins;
  const auto add = [&plugins](const std::string& name, std::vector<Handler> handlers,
                              std::vector<executor::Param> params = {},
                              std::vector<executor::Call> calls = {}, bool gpu = false) {
    executor::Plugin plugin;
    plugin.name = name;
    plugin.handlers = std::move(handlers);
    plugin.params = std::move(params);
    plugin.calls = std::move(calls);
    plugin.gpu = gpu;
    plugins[name] = plugin;
  };
  add("registry",
      {{"finetune.v1", {"plan.v1"}},
       {"retrain.v1", {"plan.v1"}, false, true},
       {"retrain_own.v1", {"plan.v1"}, false, true},
       {"stored.v1", {"finetuned.v1"}, false, true},
       {"generate.v1", {"generation.v1"}},
       {"identifiers.v1", {"identifier_list.v1"}},
       {"list_identifiers_n_categories.v1", {"identifiers_n_categories.v1"}},
       {"models.v1", {"model_list.v1"}},
       {"rollback.v1", {"model_list.v1"}, false, true},
       {"reset_model.v1", {"model_list.v1"}, false, true},
       {"rollback_own.v1", {"model_list.v1"}},
       {"reset_own.v1", {"model_list.v1"}},
       {"forget.v1", {"forgotten.v1"}},
       {"suggest.v1", {"rare_identifiers.v1"}},
       {"rare_identifiers.v1", {"rare_identifiers.v1"}, false, true},
       {"offer.v1", {"granted.v1"}, false, true}},
      {model});
  add("storage", {{"trained.v1", {"stored.v1"}, false, true},
                  {"granted.v1", {"held.v1"}, false, true},
                  {"piece.v1", {"held.v1"}, false, true},
                  {"same_disk.v1", {"same_disk.v1"}, false, true},
                  {"manifest_of.v1", {"manifest.v1"}, false, true},
                  {"piece_of.v1", {"piece.v1"}, false, true}});
  add("encoder",
      {{"plan.v1", {"encoded.v1"}},
       {"generation.v1", {"draw.v1"}},
       {"prior.v1", {"draw_latents.v1"}},
       {"forgotten.v1", {"forgotten.v1"}}},
      {model});
  add("sampler", {{"encoded.v1", {"training.v1", "batch.v1"}, true}}, {model},
      {{"/prior", "prior.v1", "latents.v1"}});
  add("trainer", {{"training.v1", {}}, {"batch.v1", {"trained.v1"}}}, {model},
      {{"/picture", "latents.v1", "pictures.v1"}}, true);
  add("generator",
      {{"draw.v1", {"pictures.v1"}},
       {"draw_latents.v1", {"latents.v1"}},
       {"latents.v1", {"pictures.v1"}}},
      {model}, {}, true);
  add("shout", {{"text.v1", {"text.v1"}}},
      {{"times", std::int64_t{1}, "how often", 1, 10},
       {"pitch", 0.5, "how high", 0, 1},
       {"loud", false, "whether at all"},
       {"word", std::string("hey"), "what"}});
  add("sink", {{"text.v1", {}}});
  add("asker", {{"text.v1", {"text.v1"}}}, {}, {{"/answer", "text.v1", "text.v1"}});
  add("back", {{"text.v1", {"text.v1"}}}, {}, {{"/x", "text.v1", "text.v1"}});
  add("spring", {{"text.v1", {"text.v1"}, true}});
  add("painter", {{"text.v1", {"picture.v1"}}});
  add("mute", {});
  add("many", {{"text.v1", {"text.v1"}}});
  plugins["many"].batches = true;
  return plugins;
}

inline std::pair<std::filesystem::path, executor::Plugin> find_fake(const std::string& run) {
  const auto plugins = fake_plugins();
  const auto found = plugins.find(run);
  if (found == plugins.end()) {
    throw executor::Error("bad_config", "there is no plugin '" + run + "'", "build it");
  }
  return {"/plugins/" + run + ".so", found->second};
}

/// A file of this process alone, so that tests may run at the same time.
inline std::filesystem::path flow_path() {
  return std::filesystem::temp_directory_path() / ("flow_" + std::to_string(::getpid()) + ".toml");
}

/// Loads `text` as a flow file.
inline flow::Flow load(const std::string& text) {
  struct Scratch {
    const std::filesystem::path path = flow_path();
    ~Scratch() { std::filesystem::remove(path); }
  } file;
  std::ofstream(file.path, std::ios::binary | std::ios::trunc) << text;
  return flow::load_flow_with(file.path, "/home/run", "/share", find_fake);
}

/// A flow file that must be refused, and what the refusal must contain.
struct Broken {
  std::string name;
  std::string text;
  std::string place;  ///< "line:column"
  std::string cause;
  std::string hint;
};

inline void require_refused(const Broken& broken) {
  INFO(broken.name << "\n" << broken.text.substr(0, 1000));
  try {
    load(broken.text);
  } catch (const executor::Error& error) {
    const std::string what = error.what();
    INFO("what: " << what << "\nhint: " << error.hint());
    CHECK(error.code() == "bad_config");
    CHECK(what.rfind(flow_path().string() + ":" + broken.place + ": ", 0) == 0);
    CHECK(what.find(broken.cause) != std::string::npos);
    CHECK(error.hint().find(broken.hint) != std::string::npos);
    CHECK_FALSE(error.hint().empty());
    return;
  }
  FAIL("was accepted");
}

}  // namespace flow_test
