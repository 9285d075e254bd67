#include "diffusion/formats/model_files.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <set>
#include <string>

#include "diffusion/formats/model_source.h"
#include "diffusion/formats/weight_files.h"
#include "executor/files/file_error.h"
#include "executor/files/json_file.h"
#include "executor/files/read_file.h"
#include "executor/files/temporary_folder.h"

namespace fs = std::filesystem;
using diffusion::check_links;
using diffusion::copy_component;
using files::TemporaryFolder;

namespace {

constexpr const char* kWeights = "diffusion_pytorch_model.safetensors";

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

// A model by its names: what the files hold is not looked at here.
fs::path small_model(const fs::path& folder) {
  for (const char* name :
       {"model_index.json", "souvenir.json", "identifiers.txt", "unet/config.json",
        "vae/config.json", "scheduler/scheduler_config.json", "tokenizer/vocab.json",
        "tokenizer/merges.txt", "tokenizer/tokenizer_config.json", "text_encoder/config.json",
        "text_encoder/model.safetensors"}) {
    const bool json = std::string_view(name).ends_with(".json");
    write(folder / name, json ? "{\"of\": \"" + std::string(name) + "\"}" : name);
  }
  for (const char* component : {"unet", "vae"}) write(folder / component / kWeights, "weights");
  return folder;
}

// As `huggingface_hub` lays it out: every file of a snapshot is a link to a blob.
fs::path cached_model(const fs::path& cache) {
  const auto repository = cache / "models--org--name";
  const auto snapshot = small_model(repository / "snapshots" / "abc123");
  fs::create_directories(repository / "blobs");
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(snapshot)) {
    if (entry.is_regular_file()) found.push_back(entry.path());
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto blob = repository / "blobs" / ("b" + std::to_string(i));
    fs::rename(found[i], blob);
    fs::create_symlink(fs::relative(blob, found[i].parent_path()), found[i]);
  }
  return snapshot;
}

std::string refused(const std::function<void()>& act) {
  try {
    act();
  } catch (const files::Error& error) {
    return error.what();
  }
  return "";
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

void replace_by_link(const fs::path& file, const fs::path& target) {
  fs::remove_all(file);
  fs::create_symlink(target, file);
}

}  // namespace

TEST_CASE("a model whose files lie in its folder is taken, also by way of a link to the folder") {
  const TemporaryFolder folder;
  const auto model = small_model(folder / "model");
  CHECK_NOTHROW(check_links(model));
  fs::create_directory_symlink("model", folder / "link");
  CHECK_NOTHROW(check_links(folder / "link"));
  CHECK(diffusion::open_model(folder / "link", folder / "converted") == folder / "link");
}

TEST_CASE("a link within a model is followed, and what is copied is the file") {
  const TemporaryFolder folder;
  const auto model = small_model(folder / "model");
  fs::rename(model / "vae" / kWeights, model / "vae" / "other");
  for (const fs::path& target : {fs::path("other"), model / "vae" / "other"}) {
    replace_by_link(model / "vae" / kWeights, target);
    CHECK_NOTHROW(check_links(model));
    copy_component(model, "vae", folder / "copy");
    CHECK(fs::is_regular_file(fs::symlink_status(folder / "copy" / kWeights)));
    CHECK(files::read_file(folder / "copy" / kWeights) == "weights");
    fs::remove_all(folder / "copy");
  }
}

TEST_CASE("a snapshot in the cache of Hugging Face, all links, is taken and copied as files") {
  const TemporaryFolder folder;
  const auto model = cached_model(folder.path());
  CHECK(diffusion::root_of_model(model) == fs::canonical(folder / "models--org--name"));
  CHECK_NOTHROW(check_links(model));
  copy_component(model, "unet", folder / "copy");
  for (const auto& name : names_in(folder / "copy")) {
    CHECK(fs::is_regular_file(fs::symlink_status(folder / "copy" / name)));
  }
  CHECK(files::read_file(folder / "copy" / kWeights) == "weights");
}

TEST_CASE("a link that leads out of the model is refused, by name, before anything is copied") {
  const TemporaryFolder folder;
  write(folder / "secret", "a secret");
  write(folder / "elsewhere" / "config.json", "{}");
  const bool cached = GENERATE(false, true);
  const auto model = cached ? cached_model(folder.path()) : small_model(folder / "model");
  const auto name = GENERATE(
      as<std::string>{}, "model_index.json", "souvenir.json", "identifiers.txt", "unet/config.json",
      "unet/diffusion_pytorch_model.safetensors", "tokenizer/vocab.json", "tokenizer/merges.txt",
      "scheduler/scheduler_config.json", "text_encoder/model.safetensors");
  const auto target = GENERATE(as<std::string>{}, "absolute", "relative", "chain", "/etc/passwd");
  const auto file = model / name;
  if (target == "absolute") replace_by_link(file, folder / "secret");
  if (target == "relative") {
    replace_by_link(file, fs::relative(folder / "secret", file.parent_path()));
  }
  if (target == "chain") {
    replace_by_link(model / "vae" / "step", folder / "secret");
    replace_by_link(file, model / "vae" / "step");
  }
  if (target == "/etc/passwd") replace_by_link(file, target);
  const auto said = refused([&] { check_links(model); });
  CHECK_THAT(said, Catch::Contains(name) && Catch::Contains("leads out of"));
  CHECK_THAT(refused([&] { diffusion::open_model(model, folder / "converted"); }),
             Catch::Contains("leads out of"));
  CHECK_FALSE(refused([&] { diffusion::copy_model_file(model, name, folder / "copy"); }).empty());
  CHECK_FALSE(fs::exists(folder / "copy"));
}

TEST_CASE("a component that is a link to a folder elsewhere is refused") {
  const TemporaryFolder folder;
  const auto model = small_model(folder / "model");
  fs::rename(model / "vae", folder / "vae");
  fs::create_directory_symlink("../vae", model / "vae");
  CHECK_THAT(refused([&] { check_links(model); }), Catch::Contains("leads out of"));
}

TEST_CASE("what is no regular file is refused under a model's name, and passed over under others") {
  const TemporaryFolder folder;
  const auto model = small_model(folder / "model");
  REQUIRE(::mkfifo((model / "unet" / "README.md").c_str(), 0600) == 0);
  replace_by_link(model / "unet" / "notes", "/dev/zero");
  CHECK_NOTHROW(check_links(model));
  replace_by_link(model / "identifiers.txt", "/dev/zero");
  CHECK_THAT(refused([&] { check_links(model); }), Catch::Contains("not a regular file"));
  fs::remove(model / "identifiers.txt");
  fs::remove(model / "tokenizer" / "merges.txt");
  REQUIRE(::mkfifo((model / "tokenizer" / "merges.txt").c_str(), 0600) == 0);
  CHECK_THAT(refused([&] { check_links(model); }), Catch::Contains("not a regular file"));
  replace_by_link(model / "tokenizer" / "merges.txt", "nowhere");
  CHECK_THAT(refused([&] { check_links(model); }), Catch::Contains("merges.txt"));
}

TEST_CASE("files that are not a model's stay behind, whatever they are") {
  const TemporaryFolder folder;
  const auto model = small_model(folder / "model");
  for (const char* name : {"id_rsa", ".env", "config.json.bak", "notes.txt", "deep/config.json"}) {
    write(model / "unet" / name, "private");
  }
  fs::create_symlink("/etc/passwd", model / "unet" / "passwd");
  write(model / "unet" / "diffusion_pytorch_model.bin", "a pickle");
  copy_component(model, "unet", folder / "copy");
  CHECK(names_in(folder / "copy") == std::set<std::string>{"config.json", kWeights});
}

TEST_CASE("the parts that an index lists are copied, and an index that lists others is refused") {
  const TemporaryFolder folder;
  const auto model = small_model(folder / "model");
  fs::remove(model / "unet" / kWeights);
  const auto index = model / "unet" / "diffusion_pytorch_model.safetensors.index.json";
  write(model / "unet" / "part-1.safetensors", "weights");
  write(index, R"({"weight_map": {"a": "part-1.safetensors"}})");
  copy_component(model, "unet", folder / "copy");
  CHECK(names_in(folder / "copy") ==
        std::set<std::string>{"config.json", "part-1.safetensors", index.filename()});
  for (const char* name : {"../secret.safetensors", "id_rsa", "..", ""}) {
    write(index, R"({"weight_map": {"a": ")" + std::string(name) + R"("}})");
    CHECK_THAT(refused([&] { diffusion::weight_files(model / "unet", "diffusion_pytorch_model"); }),
               Catch::Contains("index.json"));
  }
}

TEST_CASE("weights that nobody here reads go along, pickled or not") {
  const TemporaryFolder folder;
  const auto model = small_model(folder / "model");
  write(model / "safety_checker" / "pytorch_model.bin", "a pickle");
  write(model / "safety_checker" / "config.json", "{}");
  copy_component(model, "safety_checker", folder / "copy");
  CHECK(names_in(folder / "copy") == std::set<std::string>{"config.json", "pytorch_model.bin"});
}

TEST_CASE("a configuration as large as weights is not copied") {
  const TemporaryFolder folder;
  const auto model = small_model(folder / "model");
  const auto file = model / "tokenizer" / "vocab.json";
  fs::resize_file(file, files::kMaxReadBytes);
  CHECK_NOTHROW(diffusion::copy_model_file(model, "tokenizer/vocab.json", folder / "copy"));
  fs::resize_file(file, files::kMaxReadBytes + 1);
  CHECK_THROWS_AS(diffusion::copy_model_file(model, "tokenizer/vocab.json", folder / "copy"),
                  files::Error);
}

TEST_CASE("a copied text encoder says that it is loaded as float32, and nothing else changes") {
  const TemporaryFolder folder;
  const auto model = small_model(folder / "model");
  const auto config = folder / "to" / "config.json";
  fs::create_directories(folder / "to");
  write(model / "text_encoder/config.json", R"({"torch_dtype": "float16", "vocab_size": 3})");
  copy_component(model, "text_encoder", folder / "to");
  const auto written = files::read_json_file(config);
  CHECK(written ==
        nlohmann::json{{"dtype", "float32"}, {"torch_dtype", "float32"}, {"vocab_size", 3}});
  copy_component(model, "vae", folder / "to");
  CHECK(files::read_file(config) == files::read_file(model / "vae/config.json"));
  write(model / "safety_checker/config.json", R"({"model_type": "clip", "dtype": "float16"})");
  copy_component(model, "safety_checker", folder / "to");
  CHECK(files::read_json_file(config).at("dtype") == "float32");
}
