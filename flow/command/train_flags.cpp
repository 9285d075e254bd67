#include "flow/command/train_flags.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

namespace flow::command {
namespace {

std::string flag_of(const schemas::TrainOption& option) {
  std::string name(option.name);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string help_of(const schemas::TrainOption& option) {
  const auto allowed = schemas::allowed_text(option);
  const auto unset = schemas::unset_text(option);
  std::string notes = allowed;
  if (!unset.empty()) notes += (notes.empty() ? "" : "; ") + ("default: " + unset);
  return std::string(option.help) + (notes.empty() ? "" : " (" + notes + ")");
}

const CLI::Validator& finite() {
  static const CLI::Validator validator(
      [](std::string& text) {
        return std::isfinite(std::strtod(text.c_str(), nullptr)) ? "" : text + " is no number";
      },
      "FINITE");
  return validator;
}

/// One overload for each kind of field.
struct AddFlag {
  CLI::App& command;
  std::string name, help;

  void operator()(bool& value) const { command.add_flag("--" + name, value, help); }
  void operator()(std::optional<bool>& value) const {
    // add_flag would set an optional to false when no flag is given.
    command.add_flag_function(
        "--" + name + ",!--no-" + name, [&value](std::int64_t count) { value = count > 0; }, help);
  }
  void operator()(double& value) const {
    command.add_option("--" + name, value, help)->check(finite());
  }
  void operator()(std::optional<double>& value) const {
    command.add_option("--" + name, value, help)->check(finite());
  }
  void operator()(std::optional<std::uint64_t>& value) const {
    // CLI11 wraps -1 to the largest number.
    command.add_option("--" + name, value, help)->check(CLI::NonNegativeNumber);
  }
  template <typename T>
  void operator()(T& value) const {
    command.add_option("--" + name, value, help);
  }
};

}  // namespace

void add_train_flags(CLI::App& command, schemas::TrainOptions& options) {
  for (const auto& option : schemas::kTrainOptions) {
    const AddFlag add{command, flag_of(option), help_of(option)};
    std::visit([&](const auto field) { add(options.*field); }, option.field);
  }
}

}  // namespace flow::command
