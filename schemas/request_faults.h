#pragma once

#include <optional>
#include <string>

#include "schemas/finetune.h"
#include "schemas/generate.h"
#include "schemas/identifiers.h"
#include "schemas/models.h"

/// What a client's request tells of itself to be wrong, against request_limits.h and
/// train_option_table.h: a command asks before it starts or reaches a server, the registry asks
/// again. What depends on the model or on the owner's things the registry alone can know.
/// Nothing = nothing is wrong.
namespace schemas {

std::optional<OptionFault> fault_in(const Finetune& request);
std::optional<OptionFault> fault_in(const Generate& request);
std::optional<OptionFault> fault_in(const Identifiers& request);
std::optional<OptionFault> fault_in(const Forget& request);
std::optional<OptionFault> fault_in(const Suggest& request);
std::optional<OptionFault> fault_in(const Models& request);
std::optional<OptionFault> fault_in(const Rollback& request);
std::optional<OptionFault> fault_in(const RollbackOwn& request);
std::optional<OptionFault> fault_in(const ResetModel& request);
std::optional<OptionFault> fault_in(const ResetOwn& request);
std::optional<OptionFault> fault_in(const Retrain& request);
std::optional<OptionFault> fault_in(const RetrainOwn& request);

/// Of a target that is to be trained.
std::optional<OptionFault> fault_in_trained(const std::string& target);

/// Longer than kMaxPromptBytes, or no UTF-8.
std::optional<OptionFault> fault_in_prompt(const std::string& option, const std::string& prompt);

/// A category is a noun of letters, digits, space, `_` and `-`, at most kMaxCategoryBytes long,
/// that begins and ends with a letter or digit.
std::optional<OptionFault> fault_in_category(const std::string& category);

/// Small letters and digits, of kMinIdentifierBytes to kMaxIdentifierBytes.
bool has_identifier_form(const std::string& word);

}  // namespace schemas
