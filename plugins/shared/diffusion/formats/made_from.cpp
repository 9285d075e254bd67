#include "diffusion/formats/made_from.h"

#include <string_view>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/weight_files.h"
#include "executor/files/durable_file.h"
#include "executor/files/json_file.h"
#include "executor/files/mapped_file.h"
#include "executor/files/read_file.h"
#include "executor/files/sha256.h"

namespace diffusion {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNote = "made_from.json";
constexpr std::size_t kShownDigits = 12;

void add(files::Sha256& hash, const std::string& name, std::string_view bytes) {
  hash.add(name + " " + std::to_string(bytes.size()) + "\n");
  hash.add(bytes);
}

std::string short_of(const std::string& hash) {
  return hash.substr(0, kShownDigits);
}

[[noreturn]] void refuse(const fs::path& version, const std::string& from,
                         const std::string& pretrained, const std::string& why) {
  throw Error(version.filename().string() + " was made from " + from +
              ", but this server's model is " + pretrained + why +
              "; set SOUVENIR_MODEL to the model that it was made from, or teach it again");
}

}  // namespace

std::string hash_of_model(const fs::path& model_folder) {
  files::Sha256 hash;
  const auto name = [](const fs::path& file) {
    return file.parent_path().filename().string() + "/" + file.filename().string();
  };
  for (const auto& [folder, stem] : kWeightedComponents) {
    const auto config = model_folder / folder / "config.json";
    add(hash, name(config), files::read_file(config));
    for (const auto& file : weight_files(model_folder / folder, stem)) {
      add(hash, name(file), files::MappedFile(file).bytes());
    }
  }
  return hash.finish();
}

// Without the names of weights, which a version has without their variants.
std::string hash_of_shared_parts(const fs::path& model_folder) {
  files::Sha256 hash;
  add(hash, "vae", files::read_json_file(model_folder / "vae" / "config.json").dump());
  for (const auto& file : weight_files(model_folder / "vae", "diffusion_pytorch_model")) {
    add(hash, "weights", files::MappedFile(file).bytes());
  }
  for (const char* name : {"vocab.json", "merges.txt", "tokenizer.json"}) {
    const auto file = model_folder / "tokenizer" / name;
    if (fs::exists(file)) add(hash, name, files::read_file(file));
  }
  return hash.finish();
}

std::optional<MadeFrom> made_from(const fs::path& version_folder) {
  const auto file = version_folder / kNote;
  if (!fs::exists(file)) return {};
  const files::ConfigFile note(file);
  return MadeFrom{note.text("hash", ""), note.text("model", "")};
}

void note_made_from(const fs::path& pretrained, const std::string& hash,
                    const fs::path& version_folder) {
  const nlohmann::json note = {{"hash", hash}, {"model", pretrained.string()}};
  files::write_durably(version_folder / kNote,
                       [&](const files::Append& append) { append(note.dump(2) + "\n"); });
}

void require_same_parts(const fs::path& pretrained, const std::string& shared,
                        const fs::path& version_folder) {
  if (hash_of_shared_parts(version_folder) == shared) return;
  const auto from = made_from(version_folder);
  refuse(version_folder, from ? from->model + " (" + short_of(from->hash) + ")" : "another model",
         pretrained.string(), ", which has another VAE or tokenizer");
}

void require_same_base(const fs::path& pretrained, const std::string& hash,
                       const fs::path& version_folder) {
  const auto from = made_from(version_folder);
  if (!from)
    return require_same_parts(pretrained, hash_of_shared_parts(pretrained), version_folder);
  if (from->hash == hash) return;
  refuse(version_folder, from->model + " (" + short_of(from->hash) + ")",
         pretrained.string() + " (" + short_of(hash) + ")", "");
}

}  // namespace diffusion
