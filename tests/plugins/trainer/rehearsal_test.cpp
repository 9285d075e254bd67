#include "trainer/rehearsal.h"

#include <nlohmann/json.hpp>

#include "executor/files/checksums.h"
#include "executor/files/json_file.h"
#include "trainer_bench.h"

using trainer_test::Bench;

namespace {

// A single thing that is missing or wrong, in the model or in the home.
struct Fault {
  std::string what;
  std::function<void(const fs::path& model, const fs::path& home)> make;
};

Fault gone(const std::string& file) {
  return {file + " is gone", [file](const fs::path& model, const fs::path&) {
            REQUIRE(fs::remove_all(model / file) > 0);
          }};
}

Fault cut(const std::string& file) {
  return {file + " is cut", [file](const fs::path& model, const fs::path&) {
            fs::resize_file(model / file, fs::file_size(model / file) / 2);
          }};
}

Fault set(const std::string& file, const std::string& key, const nlohmann::json& value) {
  return {file + ": " + key + " is " + value.dump(),
          [file, key, value](const fs::path& model, const fs::path&) {
            auto json = files::read_json_file(model / file);
            json[key] = value;
            std::ofstream(model / file) << json.dump();
          }};
}

Fault link_out(const std::string& file) {
  return {file + " is a link that leads out", [file](const fs::path& model, const fs::path&) {
            fs::remove(model / file);
            fs::create_symlink("/etc/hostname", model / file);
          }};
}

const char* const kUNet = "unet/diffusion_pytorch_model.safetensors";
const char* const kVae = "vae/diffusion_pytorch_model.safetensors";
const char* const kText = "text_encoder/model.safetensors";
const char* const kScheduler = "scheduler/scheduler_config.json";

std::vector<Fault> faults() {
  std::vector<Fault> all;
  for (const char* file :
       {"model_index.json", "unet", "unet/config.json", kUNet, "vae", "vae/config.json", kVae,
        "text_encoder", "text_encoder/config.json", kText, "tokenizer",
        "tokenizer/tokenizer_config.json", "tokenizer/tokenizer.json", "scheduler", kScheduler}) {
    all.push_back(gone(file));
  }
  for (const char* file : {"model_index.json", "unet/config.json", "vae/config.json", kUNet, kVae,
                           kText, "tokenizer/tokenizer.json", kScheduler}) {
    all.push_back(cut(file));
  }
  for (const char* file : {"vae/config.json", kVae, kText, kScheduler}) {
    all.push_back(link_out(file));
  }
  all.push_back(set("unet/config.json", "in_channels", 9));
  all.push_back(set("unet/config.json", "cross_attention_dim", 77));
  all.push_back(set("vae/config.json", "latent_channels", 16));
  all.push_back(set("text_encoder/config.json", "vocab_size", 5));
  all.push_back(set(kScheduler, "prediction_type", "flow"));
  all.push_back(set(kScheduler, "beta_schedule", "sigmoid"));
  all.push_back(set(kScheduler, "timestep_spacing", "odd"));
  all.push_back({"the staging area is a file", [](const fs::path&, const fs::path& home) {
                   fs::remove_all(home / "store" / "staging");
                   fs::create_directories(home / "store");
                   std::ofstream(home / "store" / "staging") << "x";
                 }});
  return all;
}

/// A bench whose trainer has a model of its own.
struct OwnModel : Bench {
  OwnModel() {
    fs::copy(TINY_MODEL, model, fs::copy_options::recursive);
    start();
  }
  void start() {
    trainer.reset();
    trainer = std::make_unique<trainer::Trainer>(
        executor::Setup{.params = {trainer::params(), {{"model", model.string()}}},
                        .name = "trainer",
                        .home = home,
                        .loading = [](const std::string&) {},
                        .open_jobs = {}});
  }
  files::TemporaryFolder own;
  fs::path model = own / "model";
};

}  // namespace

TEST_CASE("with any single thing missing that its end needs, no training begins") {
  REQUIRE(faults().size() >= 30);
  for (const auto& fault : faults()) {
    CAPTURE(fault.what);
    OwnModel bench;
    // After the trainer has started: what it has seen then may be gone by now.
    fault.make(bench.model, bench.home);
    std::string said;
    try {
      bench.begin();
    } catch (const executor::Error& error) {
      said = error.what();
    }
    CHECK_FALSE(said.empty());
    CHECK(bench.out.sent.empty());
  }
}

TEST_CASE("what only drawing needs, and what is listed but not there, hinder no training") {
  for (const auto& odd :
       {set(kScheduler, "_class_name", "LMSDiscreteScheduler"),
        set(kScheduler, "thresholding", true), set(kScheduler, "num_train_timesteps", 1000),
        set("unet/config.json", "decay", 0.9999),
        set("model_index.json", "safety_checker", {"stable_diffusion", "Checker"})}) {
    CAPTURE(odd.what);
    OwnModel bench;
    odd.make(bench.model, bench.home);
    bench.start();
    CHECK_FALSE(bench.train_on(1, 0).empty());
    const auto folder = store::staging_folder(bench.home, bench.settings.version);
    const auto index = files::read_json_file(folder / "model_index.json");
    CHECK(index.at("safety_checker").at(0).is_null());
    CHECK(fs::exists(folder / "made_from.json"));
  }
}

TEST_CASE("other solvers of DPMSolverMultistepScheduler train, and are drawn with the nearest") {
  for (const char* algorithm : {"dpmsolver", "sde-dpmsolver++", "sde-dpmsolver"}) {
    CAPTURE(algorithm);
    OwnModel bench;
    set(kScheduler, "_class_name", "DPMSolverMultistepScheduler").make(bench.model, bench.home);
    set(kScheduler, "algorithm_type", algorithm).make(bench.model, bench.home);
    bench.start();
    CHECK_FALSE(bench.train_on(1, 0).empty());
  }
}

TEST_CASE("a version of another base is not trained on, and both are named") {
  OwnModel bench;
  bench.train_on(1, 0);
  fs::create_directories(bench.home / "store" / "versions");
  const auto folder = bench.home / "store" / "versions" / "v-1";
  fs::rename(store::staging_folder(bench.home, bench.settings.version), folder);
  files::write_checksums(folder);
  bench.settings.base = "v-1";
  CHECK(bench.code_of([&] { bench.begin(); }).empty());
  std::fstream weights(bench.model / kUNet, std::ios::binary | std::ios::in | std::ios::out);
  weights.seekp(-1, std::ios::end).put('\x3c');
  weights.close();
  bench.start();
  std::string said;
  try {
    bench.begin();
  } catch (const executor::Error& error) {
    said = error.what();
  }
  CHECK_THAT(said, Catch::Contains("v-1 was made from " + bench.model.string()));
}
