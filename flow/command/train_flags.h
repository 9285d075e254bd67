#pragma once

#include "flow/command/options.h"
#include "schemas/train_option_table.h"

namespace flow::command {

/// Gives `command` a flag for each row of schemas::kTrainOptions, which sets its field of
/// `options`; both must live until the command line is parsed. Ranges are the server's to check.
void add_train_flags(App& command, schemas::TrainOptions& options);

}  // namespace flow::command
