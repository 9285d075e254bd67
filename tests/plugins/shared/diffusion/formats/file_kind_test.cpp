#include "diffusion/formats/file_kind.h"

#include <catch2/catch.hpp>

#include "copied_model.h"
#include "diffusion/formats/model_check.h"
#include "diffusion/formats/safetensors_view.h"
#include "executor/files/read_file.h"
#include "executor/files/temporary_folder.h"

namespace tests {
namespace {

using namespace std::string_literals;
using Names = std::vector<std::string>;

std::string said_of(const std::string& bytes, const std::string& name = "m.safetensors") {
  const files::TemporaryFolder folder;
  put_file(folder / name, bytes);
  return thrown_by([&] { diffusion::check_model(folder / name); });
}

}  // namespace

TEST_CASE("a file that is no safetensors file is said by what it is, with what to do") {
  const auto [bytes, what, remedy] = GENERATE(table<std::string, std::string, std::string>(
      {{"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS", "git lfs pull"},
       {"<!DOCTYPE html><html></html>", "web page", "download"},
       {"\n  <html><body>", "web page", "download"},
       {"\xef\xbb\xbf<?xml version='1.0'?>", "web page", "download"},
       {R"({"error": "access to this model is restricted"})", "JSON", "download"},
       {"GGUF\3\0\0\0\1\0\0\0"s, "gguf", "safetensors"},
       {"PK\3\4 and so on", "pickle", "convert"},
       {"\x80\2}q\0(X\3\0\0\0"s, "pickle", "convert"},
       {"\x1f\x8b\x08 and so on", "gzip", "unpack"},
       {"\x89PNG\r\n\x1a\n", "picture", ".safetensors"},
       {std::string(4096, '\0'), "zeros", "download"},
       {"", "too short", ""},
       {"some text that is nothing of these", "header claims", ""}}));
  CAPTURE(what);
  CHECK_THAT(said_of(bytes),
             Catch::Contains(what) && Catch::Contains(remedy) && Catch::Contains("m.safetensors"));
}

TEST_CASE("the names of pickles are refused unread, whatever they hold") {
  for (const char* name : {"m.ckpt", "m.pt", "m.bin"}) {
    CHECK_THAT(said_of("x", name), Catch::Contains("pickle") && Catch::Contains("trust"));
  }
}

TEST_CASE("weights that are not whole, or have more behind them, say by how many bytes") {
  const files::TemporaryFolder folder;
  const auto file = folder / "m.safetensors";
  put_tensors(file, {"a"});
  const auto whole = files::read_file(file);
  put_file(file, whole.substr(0, whole.size() - 3));
  CHECK_THAT(thrown_by([&] { diffusion::SafetensorsView{file}; }),
             Catch::Contains("cut short: its last 3 bytes"));
  put_file(file, whole + "tail!");
  CHECK_THAT(thrown_by([&] { diffusion::SafetensorsView{file}; }),
             Catch::Contains("5 bytes follow the last tensor"));
}

TEST_CASE("a header of any length is no other kind of file") {
  const files::TemporaryFolder folder;
  const auto file = folder / "m.safetensors";
  for (const int length : {0x3c, 0x3c20, 0x7b, 0x0a, 0x8b1f}) {
    const std::string json = "{}" + std::string(length - 2, ' ');
    put_file(file, std::string{static_cast<char>(length & 0xff), static_cast<char>(length >> 8)} +
                       std::string(6, '\0') + json);
    CHECK_NOTHROW(diffusion::SafetensorsView(file));
  }
}

TEST_CASE("what is another family, or a part alone, is said by its name") {
  const auto [names, what] = GENERATE(table<Names, std::string>(
      {{{"lora_unet_x.lora_down.weight"}, "LoRA"},
       {{"unet.up.attn1.to_q.lora_A.weight"}, "LoRA"},
       {{"text_model.encoder.layers.0.q_proj.lora_up.weight", "y.z"}, "LoRA"},
       {{"unet.down.processor.to_q_lora.down.weight", "x.hada_w1_a"}, "LoRA"},
       {{"emb_params"}, "embedding"},
       {{"<my-dog>"}, "embedding"},
       {{"control_model.input_blocks.0.0.weight"}, "ControlNet"},
       {{"controlnet_cond_embedding.conv_in.weight", "conv_in.weight"}, "ControlNet"},
       {{"encoder.conv_in.weight", "decoder.conv_in.weight"}, "VAE alone"},
       {{"first_stage_model.encoder.conv_in.weight"}, "VAE alone"},
       {{"conv_in.weight", "conv_out.weight"}, "UNet alone"},
       {{"model.diffusion_model.input_blocks.0.0.weight"}, "UNet alone"},
       {{"text_model.final_layer_norm.weight", "x.y"}, "text encoder alone"},
       {{"conditioner.embedders.0.x", "model.diffusion_model.y"}, "Stable Diffusion XL"},
       {{"model.diffusion_model.joint_blocks.0.x"}, "Stable Diffusion 3"},
       {{"double_blocks.0.img_attn.qkv.weight"}, "Flux"},
       {{"model.diffusion_model.double_blocks.0.x"}, "Flux"},
       {{"a.b", "c.d"}, "no UNet"}}));
  CAPTURE(what);
  const files::TemporaryFolder folder;
  put_tensors(folder / "m.safetensors", names);
  CHECK_THAT(thrown_by([&] { diffusion::check_model(folder / "m.safetensors"); }),
             Catch::Contains(what) && Catch::Contains("m.safetensors") &&
                 Catch::Contains("Stable Diffusion 1 or 2"));
}

}  // namespace tests
