#include "flow/command/model_facts.h"

#include <catch2/catch.hpp>

#include "executor/error.h"
#include "tests/flow/command/written_file.h"

namespace tests::command {
namespace {

using flow::command::count_parameters;
using flow::command::read_model_facts;

std::string with_length(const std::string& header) {
  std::string length(8, '\0');
  for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(header.size() >> (8 * i) & 0xff);
  return length + header;
}

std::string weights(int rows) {
  return with_length(R"({"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[)" +
                     std::to_string(rows) + R"(,10],"data_offsets":[0,1]}})");
}

void write_model(const std::filesystem::path& model) {
  write(model / "unet/config.json", R"({"sample_size": 16})");
  write(model / "unet/diffusion_pytorch_model.safetensors", weights(7));
  write(model / "vae/config.json", R"({"block_out_channels": [32, 64, 64]})");
  write(model / "vae/diffusion_pytorch_model.safetensors", weights(2));
  write(model / "text_encoder/model.safetensors", weights(1));
}

}  // namespace

TEST_CASE("sizes of a model are read without its weights") {
  const TemporaryFolder folder;
  write_model(folder.path());
  const auto facts = read_model_facts(folder.path());
  CHECK(facts.unet_parameters == 70);
  CHECK(facts.other_parameters == 30);
  CHECK(facts.size == 64);
  CHECK(facts.max_train_steps == 200);
}

TEST_CASE("a model in a variant, in parts or in the Hugging Face cache has the same sizes") {
  const TemporaryFolder folder;
  const auto model = folder.path() / "snapshots" / "abc";
  write_model(model);
  std::filesystem::rename(model / "vae/diffusion_pytorch_model.safetensors",
                          model / "vae/diffusion_pytorch_model.fp16.safetensors");
  std::filesystem::remove(model / "unet/diffusion_pytorch_model.safetensors");
  write(model / "unet/diffusion_pytorch_model-00001-of-00002.safetensors", weights(3));
  write(model / "unet/diffusion_pytorch_model-00002-of-00002.safetensors", weights(4));
  write(folder.path() / "refs/main", "abc");
  const auto facts = read_model_facts(folder.path());
  CHECK(facts.unet_parameters == 70);
  CHECK(facts.other_parameters == 30);
}

TEST_CASE("souvenir.json beside the model gives its advice") {
  const TemporaryFolder folder;
  write_model(folder.path());
  write(folder.path() / "souvenir.json", R"({"max_train_steps": 150, "learning_rate": 1e-4,
                                              "train_batch_size": 4, "train_text_encoder": true})");
  const auto facts = read_model_facts(folder.path());
  CHECK(facts.max_train_steps == 150);
  CHECK(facts.learning_rate == 1e-4);
  CHECK(facts.train_batch_size == 4);
  CHECK(facts.train_text_encoder);
  CHECK(facts.num_inference_steps == 50);
  write(folder.path() / "souvenir.json",
        R"({"max_train_steps": 150, "train_batch_size": 4, "metamodel": {"train_batch_size": 2}})");
  CHECK(read_model_facts(folder.path()).train_batch_size == 4);
  CHECK(read_model_facts(folder.path(), true).train_batch_size == 2);
  CHECK(read_model_facts(folder.path(), true).max_train_steps == 150);
}

TEST_CASE("a configuration that is cut off or of a wrong kind is said with file, place and key") {
  const auto [file, text, said] = GENERATE(table<std::string, std::string, std::string>(
      {{"unet/config.json", "{\n  \"sample_size\"", "line 2, column 16: the text ends"},
       {"unet/config.json", R"({"sample_size": "8"})", "must be a whole number from 1 to 4096"},
       {"unet/config.json", R"({"sample_size": 4097})", "is 4097"},
       {"unet/config.json", "[]", "holds no JSON object"},
       {"vae/config.json", "{}", "must be a list of 1 to 8 numbers"},
       {"vae/config.json", R"({"block_out_channels": [1,1,1,1,1,1,1,1,1]})", "list of 1 to 8"},
       {"vae/config.json", R"({"block_out_channels": 3})", "must be a list"},
       {"souvenir.json", R"({"max_train_steps": "many"})",
        "\"max_train_steps\": a value must be a number, but is a text"},
       {"souvenir.json", R"({"metamodel": 1})", "\"metamodel\" must be an object"}}));
  CAPTURE(file, text);
  const TemporaryFolder folder;
  write_model(folder.path());
  write(folder.path() / file, text);
  CHECK_THROWS_WITH(read_model_facts(folder.path(), true), Catch::Contains(file) &&
                                                               Catch::Contains(said) &&
                                                               !Catch::Contains("json.exception"));
}

TEST_CASE("weights that are cut, huge in word alone, or no safetensors are refused by name") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "w.safetensors";
  for (const std::string& bytes :
       {std::string(), std::string("abc"), std::string(8, '\xff'), weights(3).substr(0, 20),
        with_length("[1]"), with_length("{\"w\":{}}"), with_length("{\"w\":{\"shape\":[-1]}}x")}) {
    write(file, bytes);
    CHECK_THROWS_WITH(count_parameters(file), Catch::Contains("w.safetensors"));
  }
}

TEST_CASE("missing files of a model are listed") {
  const TemporaryFolder folder;
  write_model(folder.path());
  const auto missing = flow::command::missing_files(folder.path());
  CHECK(missing == std::vector<std::string>{"model_index.json", "text_encoder/config.json",
                                            "tokenizer", "scheduler/scheduler_config.json"});
}

}  // namespace tests::command
