#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "schemas/metrics.h"

namespace evaluation {

/// Whether a value reaches a goal of the form ">= 0.85", "> 0.5" or "<= 90"; true for "". Throws
/// std::invalid_argument for any other form.
bool reached(double value, const std::string& goal);

/// The table in Markdown, one section per part.
std::string markdown_of(const std::vector<schemas::Metric>& figures);

/// Write and read OUT/PART.json, the metrics of one part. The file appears whole or not at all.
/// Reading returns nothing for a part that was not measured yet.
void keep(const std::filesystem::path& out, const std::string& part,
          const std::vector<schemas::Metric>& figures);
std::vector<schemas::Metric> kept(const std::filesystem::path& out, const std::string& part);

}  // namespace evaluation
