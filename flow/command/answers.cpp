#include "flow/command/answers.h"

#include "executor/error.h"
#include "flow/command/output_files.h"

namespace flow::command {
namespace {

Json answer_json(const schemas::Message& answer, const std::string& output_dir,
                 std::size_t number) {
  Json blobs = Json::array();
  for (std::size_t i = 0; i < answer.blobs.size(); ++i) {
    Json blob = {{"bytes", answer.blobs[i].size()}};
    if (!output_dir.empty()) {
      const auto file = std::filesystem::path(output_dir) /
                        (std::to_string(number) + "-" + std::to_string(i) + ".bin");
      if (!write_new(file, answer.blobs[i])) {
        throw executor::Error("exists", "there is already a file " + file.string(),
                              "choose another --output-dir");
      }
      blob["file"] = file.string();
    }
    blobs.push_back(blob);
  }
  const auto body = Json::from_msgpack(answer.body, true, false);
  return {{"type", answer.type}, {"body", body}, {"blobs", blobs}};
}

}  // namespace

Json answers_json(const std::vector<schemas::Message>& answers, const std::string& output_dir) {
  Json printed = Json::array();
  for (const auto& answer : answers) {
    printed.push_back(answer_json(answer, output_dir, printed.size()));
  }
  return printed;
}

}  // namespace flow::command
