#include "diffusion/formats/clip_vocabulary.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "diffusion/formats/byte_pair.h"
#include "executor/files/durable_file.h"

// The file's bytes become part of the program, so that a single-file checkpoint, which has no
// tokenizer, needs nothing else.
asm(R"(
  .section .rodata
  .global diffusion_clip_merges
  .hidden diffusion_clip_merges
diffusion_clip_merges:
  .incbin ")" CLIP_MERGES_FILE R"("
  .global diffusion_clip_merges_end
  .hidden diffusion_clip_merges_end
diffusion_clip_merges_end:
  .byte 0
  .previous
)");
extern "C" const char diffusion_clip_merges[], diffusion_clip_merges_end[];

namespace diffusion {
namespace {

constexpr const char* kStart = "<|startoftext|>";
constexpr const char* kEnd = "<|endoftext|>";

std::string_view merges() {
  return {diffusion_clip_merges,
          static_cast<std::size_t>(diffusion_clip_merges_end - diffusion_clip_merges)};
}

// openai/CLIP `simple_tokenizer.py`: the bytes (those that print first), the bytes at the end of a
// word, what the merges make, two special tokens.
nlohmann::ordered_json vocabulary() {
  std::vector<std::string> tokens = printable_byte_names();
  const std::size_t bytes = tokens.size();
  for (std::size_t i = 0; i < bytes; ++i) tokens.push_back(tokens[i] + "</w>");
  std::string_view rest = merges();
  rest.remove_prefix(rest.find('\n') + 1);  // the header
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    const auto space = line.find(' ');
    tokens.push_back(std::string(line.substr(0, space)) + std::string(line.substr(space + 1)));
    rest.remove_prefix(line.size() + 1);
  }
  tokens.insert(tokens.end(), {kStart, kEnd});
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    json.get_ref<nlohmann::ordered_json::object_t&>().emplace_back(tokens[i], i);
  }
  return json;
}

void write(const std::filesystem::path& file, const std::string& text) {
  files::write_durably(file, [&](const files::Append& append) { append(text); });
}

}  // namespace

void write_clip_tokenizer(const std::filesystem::path& folder, int model_max_length,
                          const char* pad_token) {
  const nlohmann::ordered_json special = {
      {"bos_token", kStart}, {"eos_token", kEnd}, {"unk_token", kEnd}, {"pad_token", pad_token}};
  nlohmann::ordered_json config = {{"tokenizer_class", "CLIPTokenizer"},
                                   {"model_max_length", model_max_length},
                                   {"add_prefix_space", false},
                                   {"do_lower_case", true},
                                   {"errors", "replace"}};
  config.update(special);
  write(folder / "vocab.json", vocabulary().dump());
  write(folder / "merges.txt", std::string(merges()));
  write(folder / "tokenizer_config.json", config.dump(2) + "\n");
  write(folder / "special_tokens_map.json", special.dump(2) + "\n");
}

}  // namespace diffusion
