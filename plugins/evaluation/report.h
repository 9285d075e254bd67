#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "evaluation/heat_map.h"
#include "evaluation/suite_run.h"
#include "schemas/evaluation.h"

/// Summarises the tasks of several runs. All functions but write_report() are pure.
namespace evaluation {

/// One row for each strategy with complete runs: means and standard deviations over the runs that
/// have the value. Leaves out columns that no run has. The columns are:
/// - from losses on held-out pictures (retention.h): retention; learned (share of things); gain
///   (mean L_pre - L_just); gain_of_private (the gain as a share of the private models' gain);
/// - from drawn pictures as the judge sees them (confusion.h; `similarity` is the mean cosine with
///   the real pictures, scored by retention.h): similarity (final average), similarity_just
///   (learning accuracy), forgetting, backward_transfer, gap_to_private; recognised (among all
///   things), told_apart (among the things of its category); composed_thing, composed_style,
///   composed (shares of the pictures of a learned thing in a learned style that show the thing,
///   the style, both);
/// - drift; train_s; taught_s (from requests to answers, including drawing); kept_MiB.
/// gain_of_private and gap_to_private need private models of the same seed.
schemas::EvaluationTable table_of(const schemas::EvaluationSuite& suite,
                                  const std::vector<Done>& done);

/// The table in Markdown, with measures as rows and strategies as columns.
std::string markdown_of(const schemas::EvaluationTable& table);

/// Things as rows, tasks as columns: the share of what was learned that is kept, (L_pre - L_now) /
/// (L_pre - L_just); empty where nothing was learned.
HeatMap kept_map(const schemas::EvaluationSuite& suite, const Done& done);
/// The same for the similarity of generated and real pictures.
HeatMap similarity_map(const schemas::EvaluationSuite& suite, const Done& done);
/// After the last task: the thing to draw as rows, the thing recognised as columns.
HeatMap confusion_map(const schemas::EvaluationSuite& suite, const Done& done);

/// Writes report.json, table.md and each run's maps (RUN-kept, RUN-similarity and RUN-confusion, as
/// .png and .html) into `folder`. Returns the table.
schemas::EvaluationTable write_report(const std::filesystem::path& folder,
                                      const schemas::EvaluationSuite& suite,
                                      const std::vector<Done>& done);

}  // namespace evaluation
