#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "schemas/metrics.h"

namespace evaluation {

/// Whether a value reaches a goal of the form ">= 0.85", "> 0.5" or "<= 90"; true for "". Throws
/// std::invalid_argument for another form.
bool reached(double value, const std::string& goal);

/// The table in Markdown, a section a part.
std::string markdown_of(const std::vector<schemas::Metric>& figures);

/// OUT/PART.json: the figures of one part, written whole or not at all, and read again; no figures
/// for a part that was not measured yet.
void keep(const std::filesystem::path& out, const std::string& part,
          const std::vector<schemas::Metric>& figures);
std::vector<schemas::Metric> kept(const std::filesystem::path& out, const std::string& part);

}  // namespace evaluation
