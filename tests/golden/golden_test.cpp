// Compares this library with numbers that diffusers and transformers computed. The cases are the
// folders in the environment variable SOUVENIR_GOLDEN (separated by ':'), or the small ones beside
// this file, which make_golden.py wrote. Every part that a case names is checked; a part whose file
// is missing is a failure.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <sstream>

#include "golden_case.h"

namespace golden {
namespace {

class Report {
 public:
  explicit Report(std::string name) : name_(std::move(name)) {}

  void check(const std::string& part, const std::function<std::string()>& run) {
    try {
      print("ok  ", part, run());
    } catch (const std::exception& e) {
      ++failures_;
      print("FAIL", part, e.what());
    }
  }
  void skip(const std::string& part, const std::string& why) { print("skip", part, why); }
  int failures() const { return failures_; }

 private:
  void print(const char* verdict, const std::string& part, const std::string& text) {
    std::printf("%s  %s  %-32s %s\n", verdict, name_.c_str(), part.c_str(), text.c_str());
    std::fflush(stdout);
  }
  std::string name_;
  int failures_ = 0;
};

void check_schedulers(const Case& test, const nlohmann::json& schedulers, Report& report) {
  for (const auto& [key, value] : schedulers.items()) {
    const std::string name = key;
    const nlohmann::json parameters = value;
    report.check("scheduler " + name, [&] { return scheduler_part(test, name, parameters); });
  }
}

int check_case(const std::filesystem::path& folder) {
  static const std::map<std::string, Part> kParts = {
      {"text", text_part},         {"vae", vae_part},
      {"unet", unet_part},         {"pipeline", pipeline_part},
      {"training", training_part}, {"training-options", training_options_part},
      {"lora", lora_part}};
  Report report(folder.filename().string());
  report.check("case.json", [&] {
    const Case test(folder);
    for (const auto& [name, value] : test.parts.items()) {
      const nlohmann::json parameters = value;
      const auto part = kParts.find(name);
      if (name == "schedulers") {
        check_schedulers(test, parameters, report);
      } else if (part == kParts.end()) {
        report.skip(name, "this version has no such part");
      } else {
        report.check(name, [&] { return part->second(test, parameters); });
      }
    }
    return std::to_string(test.parts.size()) + " parts";
  });
  return report.failures();
}

}  // namespace
}  // namespace golden

int main() {
  const char* listed = std::getenv("SOUVENIR_GOLDEN");
  std::istringstream folders(listed && *listed ? listed : GOLDEN_CASES);
  int failures = 0, cases = 0;
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (folder.empty()) continue;
    failures += golden::check_case(folder);
    ++cases;
  }
  std::printf("%d cases, %d failures\n", cases, failures);
  return failures == 0 && cases > 0 ? 0 : 1;
}
