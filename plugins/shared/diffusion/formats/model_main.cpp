// souvenir-model MODEL: whether a model can be used. Prints {"notes": [...]}, or {"error": "...",
// "hint": "..."} and exits with 1.
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/model_check.h"

namespace {

int print(const nlohmann::json& json, int code) {
  const auto text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? 1 : code;
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::fputs("souvenir-model MODEL\n", stderr);
    return 2;
  }
  try {
    return print({{"notes", diffusion::check_model(words[1])}}, 0);
  } catch (const diffusion::Error& e) {
    return print({{"error", e.cause()}, {"hint", e.remedy()}}, 1);
  } catch (const std::exception& e) {
    return print({{"error", e.what()}}, 1);
  }
}
