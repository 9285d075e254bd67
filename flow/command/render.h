#pragma once

#include <chrono>
#include <map>
#include <string>

#include "schemas/progress.h"
#include "schemas/status.h"

namespace flow::command {

/// Shows progress on stderr. On a terminal: one bar per stage. Elsewhere plain lines: for a new
/// stage, for every tenth of its steps, and otherwise at most one every two seconds. Quiet:
/// nothing. A text that begins with "warning: " gets a line of its own and stays. Used by one
/// thread. The destructor ends an open line.
class ProgressView {
 public:
  explicit ProgressView(bool quiet);
  ~ProgressView();
  ProgressView(const ProgressView&) = delete;
  ProgressView& operator=(const ProgressView&) = delete;

  void show(const schemas::Progress& progress);
  /// Shows what each stage of a starting server reports, when it is new.
  void show(const schemas::Status& status);
  /// Prints a line of its own.
  void note(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;

  void show_wait(const schemas::Progress& progress);
  void begin_stage(const schemas::Progress& progress);
  bool due(const schemas::Progress& progress) const;
  double rate(const schemas::Progress& progress) const;
  void draw(const std::string& line);
  void end_line();

  bool quiet_;
  bool terminal_;
  bool open_ = false;  // the cursor is in the line of a bar
  std::string stage_;
  std::int64_t first_step_ = 0;
  std::int64_t shown_step_ = 0;
  Clock::time_point began_{};
  Clock::time_point shown_{};
  std::string shown_text_;
  std::map<std::string, std::string> loading_;
};

/// "0:42", "12:05", "1:02:03".
std::string duration_text(double seconds);

/// One plain line: "trainer: 50/200 (25 %), 1.2/s, ETA 2:05, loss 0.1234 (instance 0.0734,
/// prior 0.0500), training".
/// `steps_per_s` = 0 when unknown.
std::string progress_line(const schemas::Progress& progress, double steps_per_s);

/// "running in trainer 50/200, attempt 2: training", "paused, goes on from 100/300",
/// "cancelled: the job was cancelled". No time but of a job that runs.
std::string job_line(const schemas::JobStatus& job);

/// "2026-11-30 14:05:00", in this host's time zone.
std::string local_time(std::int64_t unix_ms);

}  // namespace flow::command
