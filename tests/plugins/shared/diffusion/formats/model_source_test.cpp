#include "diffusion/formats/model_source.h"

#include <catch2/catch.hpp>

#include "diffusion/formats/weight_files.h"
#include "diffusion/networks/unet.h"
#include "diffusion/training/export_model.h"
#include "diffusion/training/model_folder.h"
#include "diffusion_fixtures.h"

namespace fs = std::filesystem;
using diffusion::find_model_folder;
using diffusion::weight_files;

namespace {

// The layout of ~/.cache/huggingface/hub: files are links to blobs named by their content.
fs::path cached_model(const TemporaryFolder& folder, const std::string& revision) {
  const auto repository = folder / "models--org--name";
  fs::create_directories(repository / "blobs");
  fs::create_directories(repository / "refs");
  int blob = 0;
  for (const auto& entry : fs::recursive_directory_iterator(tiny_model())) {
    const auto target = repository / "snapshots" / revision / fs::relative(entry, tiny_model());
    if (entry.is_directory()) {
      fs::create_directories(target);
      continue;
    }
    fs::create_directories(target.parent_path());
    const auto content = repository / "blobs" / ("b" + std::to_string(blob++));
    fs::copy_file(entry, content);
    fs::create_symlink(fs::relative(content, target.parent_path()), target);
  }
  return repository;
}

// The component's weights as somebody else has named them.
void rename_weights(const fs::path& component, const std::string& from, const std::string& to) {
  fs::rename(component / (from + ".safetensors"), component / to);
}

}  // namespace

TEST_CASE("a repository in the cache of Hugging Face is the snapshot that refs/main names") {
  const TemporaryFolder folder;
  const auto repository = cached_model(folder, "abc123");
  CHECK(find_model_folder(repository) == repository / "snapshots" / "abc123");
  fs::create_directories(repository / "snapshots" / "def456");
  CHECK_THAT(error_of([&] { find_model_folder(repository); }), Catch::Contains("2 snapshots"));
  write_file(repository / "refs" / "main", "abc123\n");
  const auto model = find_model_folder(repository);
  CHECK(model.filename() == "abc123");
  CHECK_NOTHROW(diffusion::check_model_folder(model));
  CHECK_NOTHROW(diffusion::UNet(model));
  for (const char* wrong : {"gone", "../../x"}) {
    write_file(repository / "refs" / "main", wrong);
    CHECK_THAT(error_of([&] { find_model_folder(repository); }), Catch::Contains("download"));
  }
}

TEST_CASE("a snapshot becomes a version of plain files") {
  const TemporaryFolder folder;
  const auto model = find_model_folder(cached_model(folder, "abc123"));
  diffusion::write_model_folder(model, diffusion::UNet(model), folder / "version");
  fs::remove_all(folder / "models--org--name");
  CHECK_NOTHROW(diffusion::check_model_folder(folder / "version"));
}

TEST_CASE("what is no model is refused with what is wrong") {
  const TemporaryFolder folder;
  write_file(folder / "file", "");
  CHECK_THAT(error_of([&] { find_model_folder(folder / "nothing"); }),
             Catch::Contains("not there"));
  CHECK_THAT(error_of([&] { find_model_folder(folder / "file"); }), Catch::Contains("no folder"));
  CHECK(find_model_folder(tiny_model()) == tiny_model());
}

TEST_CASE("a single file that cannot be converted leaves nothing behind") {
  const TemporaryFolder folder;
  diffusion::export_single_file(tiny_model(), folder / "a model.safetensors");
  const auto open = [&] {
    return diffusion::open_model(folder / "a model.safetensors", folder / "converted");
  };
  // Its widths are not the published ones.
  CHECK_THAT(error_of(open), Catch::Contains("a model.safetensors: is not built like"));
  for (const auto& entry : fs::directory_iterator(folder / "converted")) {
    CHECK_FALSE(entry.is_directory());
  }
}

TEST_CASE("the weights are found whole, in parts, and as a variant, in this order") {
  const TemporaryFolder folder;
  const auto unet = folder / "unet";
  fs::create_directories(unet);
  const std::string stem = "diffusion_pytorch_model";
  const auto listing = R"({"weight_map": {"a": "part-1.safetensors", "b": "part-2.safetensors"}})";
  const auto names = [&] {
    std::vector<std::string> result;
    for (const auto& file : weight_files(unet, stem)) result.push_back(file.filename());
    return result;
  };
  using Names = std::vector<std::string>;
  CHECK_THAT(error_of(names), Catch::Contains("no weights"));
  write_file(unet / (stem + ".bin"), "");
  CHECK_THAT(error_of(names), Catch::Contains("pickle") && Catch::Contains("from_pretrained"));
  for (const auto& index :
       {stem + ".bf16.safetensors.index.json", stem + ".safetensors.bf16.index.json",
        stem + ".safetensors.index.bf16.json"}) {
    write_file(unet / index, listing);
    CHECK(names() == Names{"part-1.safetensors", "part-2.safetensors"});
    fs::remove(unet / index);
  }
  for (const auto& file :
       {stem + ".bf16.safetensors", stem + ".fp16.safetensors", stem + ".fp32.safetensors"}) {
    write_file(unet / file, "");
    CHECK(names() == Names{file});
  }
  write_file(unet / (stem + ".safetensors.index.json"), listing);
  CHECK(names().size() == 2);
  write_file(unet / (stem + ".safetensors"), "");
  CHECK(names() == Names{stem + ".safetensors"});
}

TEST_CASE("a version of a model in variants has names without them") {
  const TemporaryFolder folder;
  const auto model = copy_of_tiny_model(folder);
  rename_weights(model / "vae", "diffusion_pytorch_model",
                 "diffusion_pytorch_model.fp16.safetensors");
  rename_weights(model / "text_encoder", "model", "model-00001-of-00001.bf16.safetensors");
  write_file(model / "text_encoder" / "model.safetensors.index.bf16.json",
             R"({"weight_map": {"x": "model-00001-of-00001.bf16.safetensors"}})");
  write_file(model / "text_encoder" / "pytorch_model.bin", "a pickle");
  CHECK_NOTHROW(diffusion::check_model_folder(model));
  diffusion::write_model_folder(model, diffusion::UNet(model), folder / "version");
  CHECK(fs::exists(folder / "version" / "vae" / "diffusion_pytorch_model.safetensors"));
  CHECK(fs::exists(folder / "version" / "text_encoder" / "model.safetensors.index.json"));
  CHECK_FALSE(fs::exists(folder / "version" / "text_encoder" / "pytorch_model.bin"));
  CHECK(weight_files(folder / "version" / "text_encoder", "model").front().filename() ==
        "model-00001-of-00001.bf16.safetensors");
  CHECK_NOTHROW(diffusion::check_model_folder(folder / "version"));
}
