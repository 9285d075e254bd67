#include "flow/command/render.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <iostream>

namespace flow::command {
namespace {

constexpr int kBarCells = 24;
constexpr int kLossDigits = 4;
constexpr const char* kWarning = "warning: ";
constexpr std::chrono::seconds kPlainInterval{2};
constexpr std::chrono::milliseconds kBarInterval{80};

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string bar(const schemas::Progress& progress) {
  if (progress.total <= 0) return "";
  const double share = static_cast<double>(progress.step) / static_cast<double>(progress.total);
  const int full = std::clamp(static_cast<int>(share * kBarCells), 0, kBarCells);
  std::string text("[");
  text.append(full, '#').append(kBarCells - full, '-').append("] ");
  return text;
}

std::size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

std::int64_t tenth(std::int64_t step, std::int64_t total) {
  return step * 10 / total;
}

// "loss 0.1234 (instance 0.0734, prior 0.0500)", as far as it is known.
std::string loss_text(const schemas::Progress& progress) {
  std::string parts;
  if (progress.instance_loss) parts = "instance " + fixed(*progress.instance_loss, kLossDigits);
  if (progress.prior_loss) {
    parts += (parts.empty() ? "prior " : ", prior ") + fixed(*progress.prior_loss, kLossDigits);
  }
  return "loss " + fixed(*progress.loss, kLossDigits) + (parts.empty() ? "" : " (" + parts + ")");
}

// A number beside a state would read as if the job were there and moved.
std::string steps_of(const schemas::JobStatus& job) {
  const std::string at = std::to_string(job.step) + "/" + std::to_string(job.total);
  if (job.total <= 0 || job.state == "done" || job.state == "cancelled") return "";
  if (job.state == "failed") {
    return job.durable && job.checkpoint_step > 0 ? ", a retry goes on from " + at : "";
  }
  if (!job.stage.empty()) return " " + at;
  return (job.step > 0 ? ", goes on from " : ", begins again at ") + at;
}

}  // namespace

std::string duration_text(double seconds) {
  const auto total = static_cast<std::int64_t>(std::lround(std::max(0.0, seconds)));
  char text[64];
  if (total >= 3600) {
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", static_cast<long long>(total / 3600),
                  static_cast<long long>(total / 60 % 60), static_cast<long long>(total % 60));
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld", static_cast<long long>(total / 60),
                  static_cast<long long>(total % 60));
  }
  return text;
}

std::string progress_line(const schemas::Progress& progress, double steps_per_s) {
  std::string line = progress.stage + ":";
  std::string separator = " ";
  const auto add = [&](const std::string& part) {
    line += separator + part;
    separator = ", ";
  };
  if (progress.total > 0) {
    add(std::to_string(progress.step) + "/" + std::to_string(progress.total) + " (" +
        std::to_string(progress.step * 100 / progress.total) + " %)");
  }
  if (steps_per_s > 0) add(fixed(steps_per_s, steps_per_s < 10 ? 2 : 0) + "/s");
  double eta_s = progress.eta_s.value_or(-1);
  if (eta_s < 0 && steps_per_s > 0) {
    eta_s = static_cast<double>(progress.total - progress.step) / steps_per_s;
  }
  if (eta_s >= 0 && progress.step < progress.total) add("ETA " + duration_text(eta_s));
  if (progress.loss) add(loss_text(progress));
  if (!progress.text.empty()) add(progress.text);
  return line;
}

ProgressView::ProgressView(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressView::~ProgressView() {
  end_line();
}

void ProgressView::begin_stage(const schemas::Progress& progress) {
  end_line();
  stage_ = progress.stage;
  first_step_ = progress.step;
  shown_step_ = progress.step;
  began_ = Clock::now();
  shown_ = {};
  shown_text_.clear();
}

double ProgressView::rate(const schemas::Progress& progress) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
  const auto steps = progress.step - first_step_;
  return progress.total > 0 && steps > 0 && seconds > 0 ? static_cast<double>(steps) / seconds : 0;
}

bool ProgressView::due(const schemas::Progress& progress) const {
  if (shown_ == Clock::time_point{}) return true;  // a new stage
  const auto since = Clock::now() - shown_;
  const bool end = progress.total > 0 && progress.step == progress.total;
  if (end && shown_step_ != progress.step) return true;
  if (terminal_) return since >= kBarInterval;
  if (progress.total > 0 && progress.step <= progress.total &&
      tenth(progress.step, progress.total) != tenth(shown_step_, progress.total)) {
    return true;
  }
  return since >= kPlainInterval && (progress.step != shown_step_ || progress.text != shown_text_);
}

void ProgressView::show(const schemas::Progress& progress) {
  if (quiet_) return show_wait(progress);
  if (progress.text.starts_with(kWarning)) return note(progress.stage + ": " + progress.text);
  if (progress.stage != stage_ || progress.step < shown_step_) begin_stage(progress);
  if (progress.step == first_step_) began_ = Clock::now();  // loading is not part of the rate
  if (!due(progress)) return;
  const std::string line = progress_line(progress, rate(progress));
  shown_ = Clock::now();
  shown_step_ = progress.step;
  shown_text_ = progress.text;
  if (terminal_) {
    draw(bar(progress) + line);
  } else {
    std::cerr << line << std::endl;
  }
}

// Nobody mends what it waits for without a word, so there is one.
void ProgressView::show_wait(const schemas::Progress& progress) {
  if (!progress.text.starts_with(schemas::Progress::kWaiting) || progress.text == shown_text_)
    return;
  shown_text_ = progress.text;
  std::cerr << progress.stage << ": " << progress.text << std::endl;
}

void ProgressView::show(const schemas::Status& status) {
  for (const auto& stage : status.stages) {
    if (stage.state == "absent") continue;  // no part of the start: see waited_for.h
    const std::string text = stage.text.empty() ? stage.state : stage.state + ": " + stage.text;
    std::string name = stage.name;
    if (stage.replica > 0) name.append("#").append(std::to_string(stage.replica));
    if (loading_[name] == text) continue;
    loading_[name] = text;
    note(name + ": " + text);
  }
}

void ProgressView::note(const std::string& text) {
  if (quiet_) return;
  end_line();
  std::cerr << text << std::endl;
}

void ProgressView::draw(const std::string& line) {
  std::cerr << "\r\033[K" << line.substr(0, terminal_width() - 1) << std::flush;
  open_ = true;
}

void ProgressView::end_line() {
  if (open_) std::cerr << std::endl;
  open_ = false;
}

std::string job_line(const schemas::JobStatus& job) {
  std::string line = job.state;
  if (!job.stage.empty()) line += " in " + job.stage;
  line += steps_of(job);
  if (job.position > 0) line += ", " + std::to_string(job.position) + " before it";
  if (job.state == "running" && job.eta_s) line += ", ETA " + duration_text(*job.eta_s);
  if (job.attempt > 1) line += ", attempt " + std::to_string(job.attempt);
  return line + (job.text.empty() ? "" : ": " + job.text);
}

std::string local_time(std::int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%F %T", &parts);
  return text;
}

}  // namespace flow::command
