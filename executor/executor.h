#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "executor/error.h"
#include "executor/params.h"
#include "schemas/message.h"
#include "schemas/progress.h"

namespace executor {

/// Where an executor's results go while process() runs. Owned by the host; valid during the call.
///
/// Every call is a beat: it tells the gateway that the stage is alive, and learns whether the job
/// was cancelled. A stage that computes much longer than its `silence_ms` without a call is taken
/// for hung. All but cancelled() throw Cancelled once the job is cancelled; let it pass through.
/// Only the thread that runs process() may call.
class Outbox {
 public:
  virtual ~Outbox() = default;

  /// Hands a message to the next stage of the route, or to the client when this is the last.
  /// A handler that declares `stream` may send any number, another at most one. Waits while
  /// the next stage has a full window of unread messages of this job.
  virtual void send(schemas::Message message) = 0;

  /// Tells the client how far the job is; `pictures` are PNG samples shown with it. Never waits.
  virtual void progress(const schemas::Progress& progress,
                        std::vector<schemas::Blob> pictures = {}) = 0;

  /// Asks another route and waits for its one answer. The plugin declares the endpoint in its
  /// table. Throws Error with the route's own fault when it fails.
  virtual schemas::Message call(const std::string& endpoint, schemas::Message message) = 0;

  /// Says that the next call may come only after `ms` (a large file is about to be written): a
  /// beat.
  virtual void expect_silence(std::uint32_t /*ms*/) {}

  /// Says how long a piece of this job's work may take as long as the gateway has not seen enough
  /// of them to know their rhythm (the first steps of a large model), if that is longer than the
  /// plugin's `silence_ms` allows: a beat. Once a message is enough.
  virtual void expect_steps_of(std::uint32_t /*ms*/) {}

  /// Whether the job was cancelled: for loops that want to tidy up themselves.
  virtual bool cancelled() = 0;
};

/// How a job ended; told to every stage that took part.
enum class Outcome { done, failed, cancelled };

/// What an executor is made from.
struct Setup {
  Params params;               ///< checked against the plugin's declaration
  std::string name;            ///< the stage's name in the flow
  std::filesystem::path home;  ///< where all state of this installation lives (SOUVENIR_HOME)
  /// Says what is being loaded ("loading unet"): shown by `up` and `status`, and counts as a beat.
  std::function<void(const std::string&)> loading;
  /// Jobs that may still come. What was kept on disk for any other job can be dropped.
  std::set<std::string> open_jobs = {};
};

/// One message of a batch, and where its results go.
struct BatchItem {
  const schemas::Message& message;
  Outbox& out;
};

/// One stage of a flow, in a process of its own.
///
/// The engine constructs it once (everything is acquired there: weights, files), then calls
/// process() for one message at a time and destroys it at an orderly stop. All calls come from one
/// thread.
/// - A constructor that throws ends the process; the supervisor reports the text and tries again.
/// - An exception from process() fails that message's job, not the process: the client gets the
/// text,
///   and process() is called again with the next message.
/// - Of one job's messages, process() sees seq 0, 1, 2, ... in order, on one replica; messages of
///   several jobs may interleave.
/// - ended() is called at least once for every job that this stage took part in, whatever
///   the outcome, unless the process ends before: then Setup::open_jobs tells its successor. Drop
///   there what is kept for the job. It must not throw.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void process(const schemas::Message& in, Outbox& out) = 0;
  /// Several messages at once, each of another job, alike in the fields that
  /// `batch.by` of the flow file names. Only for a plugin whose table says
  /// `batches`. An exception fails them all; a cancelled one is not told, what
  /// is sent for it goes nowhere.
  virtual void process_batch(std::vector<BatchItem>& items) {
    for (auto& item : items) process(item.message, item.out);
  }
  virtual void ended(const std::string& /*job*/, Outcome /*outcome*/) {}
  /// An attempt of the job is over, the job is not: its next message is seq 0
  /// of a new attempt, here or elsewhere, with a higher epoch. Drop what is in
  /// memory for it, keep what a new attempt goes on from. It must not throw.
  virtual void interrupted(const std::string& /*job*/) {}
  /// The process is about to end in order, between two messages: keep what a later attempt of an
  /// open job can go on from. The destructor follows. It must not throw.
  virtual void stopping() {}
};

}  // namespace executor
