#include "diffusion/formats/component_names.h"

#include <utility>

namespace diffusion {

std::string current_vae_name(const std::string& name) {
  constexpr std::pair<const char*, const char*> kSpellings[] = {{".query.", ".to_q."},
                                                                {".key.", ".to_k."},
                                                                {".value.", ".to_v."},
                                                                {".proj_attn.", ".to_out.0."}};
  for (const auto& [old_part, new_part] : kSpellings) {
    const auto at = name.find(old_part);
    if (at == std::string::npos) continue;
    return std::string(name).replace(at, std::string(old_part).size(), new_part);
  }
  return name;
}

std::string current_text_name(const std::string& name) {
  const std::string prefix = "text_model.";
  const auto plain = name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : name;
  return plain == "embeddings.position_ids" ? "" : plain;
}

}  // namespace diffusion
