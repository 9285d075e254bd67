#include "flow/command/train_flags.h"

#include <algorithm>
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

/// One overload for each kind of field.
struct AddFlag {
  App& command;
  std::string name, help;

  void operator()(bool& value) const { command.add_flag("--" + name, value, help); }
  void operator()(std::optional<bool>& value) const { command.add_switch(name, value, help); }
  template <typename T>
  void operator()(T& value) const {
    command.add_option("--" + name, &value, help);
  }
};

}  // namespace

void add_train_flags(App& command, schemas::TrainOptions& options) {
  for (const auto& option : schemas::kTrainOptions) {
    const AddFlag add{command, flag_of(option), help_of(option)};
    std::visit([&](const auto field) { add(options.*field); }, option.field);
  }
}

}  // namespace flow::command
