#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "executor/plugin.h"
#include "executor/stage_link.h"
#include "schemas/fault.h"

namespace executor {

/// The real Outbox: one piece of work's results on their way to the gateway. Lives during one
/// process() call.
///
/// The latest message is held back until the next one or the end, so that the end of the work
/// travels with its last message: one transmission instead of two.
class StageOutbox final : public Outbox {
 public:
  /// `link`, `handler` and `work` must outlive this.
  StageOutbox(StageLink& link, const Plugin& plugin, const Handler& handler, const Packet& work)
      : link_(link), plugin_(plugin), handler_(handler), work_(work.header) {}

  void send(schemas::Message message) override;
  void progress(const schemas::Progress& progress, std::vector<schemas::Blob> pictures) override;
  schemas::Message call(const std::string& endpoint, schemas::Message message) override;
  void expect_silence(std::uint32_t ms) override;
  bool cancelled() override;

  /// The work is done: sends what is held back, or the word that nothing was.
  void finish();
  /// The work failed with this fault.
  void fail(const schemas::Fault& fault);

 private:
  schemas::Header header(schemas::Kind kind) const;
  void attend();  // beat, receive, and throw Cancelled when the job is over
  void flush(bool last);
  void wait_for_window();

  StageLink& link_;
  const Plugin& plugin_;
  const Handler& handler_;
  const schemas::Header& work_;
  std::optional<schemas::Message> held_;
  std::uint64_t sent_ = 0;
};

}  // namespace executor
