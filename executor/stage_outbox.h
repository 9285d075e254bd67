#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "executor/plugin.h"
#include "executor/stage_link.h"
#include "schemas/fault.h"

namespace executor {

/// The real Outbox: one task's results on their way to the gateway. Lives during one process()
/// call.
///
/// The latest message is held back until the next one or the end, so that the end of the task
/// travels with its last message: one transmission instead of two.
class StageOutbox final : public Outbox {
 public:
  /// All must outlive this. In a batch the end of one job interrupts nobody: what is sent for it
  /// goes nowhere, and only its call() throws.
  StageOutbox(StageLink& link, const Plugin& plugin, const Handler& handler, const Packet& task,
              bool in_batch = false);
  ~StageOutbox() override { link_.inbox().close_stream(task_.id); }
  StageOutbox(const StageOutbox&) = delete;
  StageOutbox& operator=(const StageOutbox&) = delete;

  void send(schemas::Message message) override;
  void progress(const schemas::Progress& progress, std::vector<schemas::Blob> pictures) override;
  schemas::Message call(const std::string& endpoint, schemas::Message message) override;
  void expect_silence(std::uint32_t ms) override;
  void expect_steps_of(std::uint32_t ms) override;
  bool cancelled() override;

  /// The task is done: sends what is held back, or the word that nothing was. Waits and throws as
  /// send() does.
  void finish();

 private:
  schemas::Header header(schemas::Kind kind) const;
  // Beats, receives, and throws Cancelled when all here is void, or the job is over and `in_batch`
  // does not say that this interrupts nobody.
  void attend(bool in_batch);
  bool is_over() const { return link_.is_over(task_.job, task_.epoch); }
  void wait_for_window();
  void flush(bool last);
  bool window_is_full() const;

  StageLink& link_;
  const Plugin& plugin_;
  const Handler& handler_;
  const schemas::Header& task_;
  std::optional<schemas::Message> held_;
  std::uint64_t sent_ = 0;
  std::uint64_t sent_bytes_ = 0;
  bool in_batch_;
};

/// The header of what a stage says about a task.
schemas::Header header_about(const schemas::Header& task, schemas::Kind kind);

}  // namespace executor
