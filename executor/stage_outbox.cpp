#include "executor/stage_outbox.h"

#include <algorithm>

#include "executor/fault_point.h"

namespace executor {
namespace {

// Between two looks at whether the job is over.
constexpr std::chrono::milliseconds kWait{100};

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

schemas::Header header_about(const schemas::Header& task, schemas::Kind kind) {
  schemas::Header header;
  header.kind = kind;
  header.id = task.id;
  header.job = task.job;
  header.epoch = task.epoch;
  return header;
}

schemas::Header StageOutbox::header(schemas::Kind kind) const {
  return header_about(task_, kind);
}

StageOutbox::StageOutbox(StageLink& link, const Plugin& plugin, const Handler& handler,
                         const Packet& task, bool in_batch)
    : link_(link), plugin_(plugin), handler_(handler), task_(task.header), in_batch_(in_batch) {
  link_.inbox().open_stream(task_.id);
}

void StageOutbox::attend(bool in_batch) {
  link_.beat(task_.id);
  link_.look();
  if (link_.is_void() || (is_over() && !in_batch)) throw Cancelled();
}

void StageOutbox::send(schemas::Message message) {
  attend(in_batch_);
  if (!contains(handler_.emits, message.type)) {
    throw Error("internal", "sends '" + message.type + "', which its table does not name for '" +
                                handler_.accepts + "'");
  }
  if (held_ && !handler_.stream) {
    throw Error("internal", "sends a second answer to '" + handler_.accepts +
                                "', but its table does not say stream");
  }
  if (held_) flush(false);
  held_ = std::move(message);
}

// One message is always free, however large it is.
bool StageOutbox::window_is_full() const {
  const auto acked = link_.inbox().acked(task_.id);
  if (task_.count == 0 || sent_ == acked.messages) return false;
  return sent_ - acked.messages >= task_.count ||
         (task_.bytes > 0 && sent_bytes_ - acked.bytes >= task_.bytes);
}

void StageOutbox::wait_for_window() {
  while (held_ && window_is_full()) {
    attend(in_batch_);
    if (is_over()) held_.reset();  // nobody takes it
    if (held_) link_.wait(kWait);
  }
}

void StageOutbox::flush(bool last) {
  wait_for_window();
  if (!held_) return;
  schemas::Header out = header(schemas::Kind::emit);
  out.seq = sent_++;
  out.last = last;
  const Packet packet = packet_of(std::move(out), *held_);
  sent_bytes_ += bytes_of(packet);
  fault_point("stage.emit");
  link_.send(packet);
  fault_point("stage.emitted");
  held_.reset();
}

void StageOutbox::progress(const schemas::Progress& progress, std::vector<schemas::Blob> pictures) {
  attend(in_batch_);
  link_.send(packet_of(header(schemas::Kind::progress),
                       schemas::Message::of(progress, std::move(pictures))));
}

schemas::Message StageOutbox::call(const std::string& endpoint, schemas::Message message) {
  attend(false);  // for a job that is over nobody answers
  const auto declared = std::find_if(plugin_.calls.begin(), plugin_.calls.end(),
                                     [&](const Call& call) { return call.endpoint == endpoint; });
  if (declared == plugin_.calls.end()) {
    throw Error("internal", "calls '" + endpoint + "', which its table does not name");
  }
  schemas::Header out = header(schemas::Kind::call);
  const std::uint64_t id = link_.new_call();
  out.id = id;
  out.endpoint = endpoint;
  out.count = task_.id;
  link_.send(packet_of(std::move(out), message));
  fault_point("stage.called");
  std::optional<Packet> reply;
  while (!(reply = link_.inbox().take_reply(id))) {
    attend(false);
    link_.wait(kWait);
  }
  if (reply->header.kind == schemas::Kind::failed) {
    const auto fault = schemas::unpack<schemas::Fault>(reply->body.view());
    throw Error(fault.code, endpoint + ": " + fault.cause, fault.hint);
  }
  return message_of(*reply);
}

void StageOutbox::expect_silence(std::uint32_t ms) {
  attend(in_batch_);
  link_.announce(task_.id, ms);
}

void StageOutbox::expect_steps_of(std::uint32_t ms) {
  attend(in_batch_);
  link_.announce(task_.id, ms, true);
}

bool StageOutbox::cancelled() {
  link_.beat(task_.id);
  link_.look();
  return is_over();
}

void StageOutbox::finish() {
  if (held_) wait_for_window();
  if (held_) return flush(true);
  link_.send({header(schemas::Kind::done), {}, {}});
}

}  // namespace executor
