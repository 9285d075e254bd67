#include <catch2/catch.hpp>
#include <functional>

#include "executor/curve_keys.h"
#include "executor/describe.h"
#include "executor/error.h"
#include "executor/trusted_file.h"
#include "flow/access/address_lists.h"
#include "flow/access/api_keys.h"
#include "flow/access/peers.h"
#include "flow/access/token_key.h"
#include "flow/command/context.h"
#include "flow/command/evaluate.h"
#include "flow/command/model_facts.h"
#include "flow/command/picture_files.h"
#include "flow/command/suite.h"
#include "flow/file/flow_file.h"
#include "tests/flow/command/written_file.h"
#include "tests/hostile_files.h"

namespace tests::command {
namespace {

namespace fs = std::filesystem;

fs::path write_secret(const fs::path& file, const std::string& text) {
  write(file, text);
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  return file;
}

std::string with_length(const std::string& header) {
  std::string length(8, '\0');
  length[0] = static_cast<char>(header.size());
  return length + header;
}

void write_model(const fs::path& model) {
  const auto weights = with_length(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})");
  write(model / "unet/config.json", R"({"sample_size": 16})");
  write(model / "unet/diffusion_pytorch_model.safetensors", weights);
  write(model / "vae/config.json", R"({"block_out_channels": [32, 64]})");
  write(model / "vae/diffusion_pytorch_model.safetensors", weights);
  write(model / "text_encoder/model.safetensors", weights);
  write(model / "souvenir.json", "{}");
}

Reader of_model(const std::string& name, Asks asks) {
  return {"model: " + name, asks,
          [=](const fs::path& folder) {
            write_model(folder / "model");
            return folder / "model" / name;
          },
          [](const fs::path& folder) { flow::command::read_model_facts(folder / "model"); }};
}

Reader of_file(const std::string& name, Asks asks, const std::string& text,
               const std::function<void(const fs::path&)>& read) {
  return {name, asks, [=](const fs::path& folder) { return write_secret(folder / name, text); },
          [=](const fs::path& folder) { read(folder / name); }};
}

void read_hash_secret(const fs::path& file) {
  flow::access::TokenSettings settings;
  settings.algorithm = "HS256";
  settings.key = file;
  flow::access::TokenKey key(settings);
}

// A sound text that is no whole flow, or suite: only reading is of interest.
void but_for(const std::string& known, const std::function<void()>& read) {
  try {
    read();
  } catch (const executor::Error& error) {
    if (std::string(error.what()).find(known) == std::string::npos) throw;
  }
}

void read_flow(const fs::path& file) {
  but_for("the flow has no executor", [&] { flow::load_flow_with(file, "run", "share", {}); });
}

void read_suite(const fs::path& file) {
  but_for("thing", [&] { flow::command::read_suite(file); });
}

std::vector<Reader> readers() {
  const auto keys = executor::make_curve_keys();
  return {
      of_model("unet/config.json", Asks::json),
      of_model("vae/config.json", Asks::json),
      of_model("souvenir.json", Asks::json),
      of_model("unet/diffusion_pytorch_model.safetensors", Asks::json),
      of_file("picture.png", Asks::nothing, "x",
              [](const auto& f) { flow::command::read_file(f); }),
      of_file("report.json", Asks::json, "{}",
              [](const auto& f) { flow::command::read_report(f.parent_path()); }),
      of_file("flow.toml", Asks::json, "flow = \"a\"\n[route]\n", read_flow),
      of_file("suite.toml", Asks::json, "suite = \"a\"\n", read_suite),
      of_file("client.key", Asks::json,
              "public " + keys.public_key + "\nsecret " + keys.secret_key + "\n",
              [](const auto& f) { executor::read_key_file(f); }),
      of_file("token", Asks::nothing, "x", [](const auto& f) { executor::read_secret_file(f); }),
      of_file("hash.secret", Asks::nothing, std::string(32, 'x'), read_hash_secret),
      of_file("peers", Asks::sense, "", [](const auto& f) { flow::access::Peers peers(f); }),
      of_file("api_keys.json", Asks::sense, R"({"version": 1, "keys": []})",
              [](const auto& f) { flow::access::ApiKeys all(f); }),
      of_file("addresses.json", Asks::sense, R"({"version": 1, "users": [], "admins": []})",
              [](const auto& f) { flow::access::AddressLists all(f); }),
  };
}

}  // namespace

TEST_CASE("a hostile file costs the program neither its memory nor its time") {
  check_hostile_files(readers());
}

}  // namespace tests::command
