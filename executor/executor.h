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

/// Takes an executor's results while process() runs. The host owns it; it is valid during that
/// call.
///
/// Every call is a beat: it tells the gateway that the stage is alive, and learns whether the job
/// was cancelled. The gateway treats a stage that makes no call for much longer than its
/// `silence_ms` as hung. Once the job is cancelled, every call but cancelled() throws Cancelled;
/// let it pass through. Only the thread that runs process() may call.
class Outbox {
 public:
  virtual ~Outbox() = default;

  /// Hands a message to the next stage of the route, or to the client when this is the last. A
  /// handler that declares `stream` may send any number of messages, any other handler at most one.
  /// Waits while the next stage's window for this job is full.
  virtual void send(schemas::Message message) = 0;

  /// Tells the client how far the job is; `pictures` are PNG samples to show with it. Never waits.
  virtual void progress(const schemas::Progress& progress,
                        std::vector<schemas::Blob> pictures = {}) = 0;

  /// Calls another route and waits for its one answer. The plugin declares the endpoint in its
  /// table. Throws Error with the route's own fault when the route fails. For a job that is
  /// cancelled it throws Cancelled in a batch, too: nobody would answer.
  virtual schemas::Message call(const std::string& endpoint, schemas::Message message) = 0;

  /// Announces that the next call may take up to `ms` to come, for example because a large file is
  /// about to be written.
  virtual void expect_silence(std::uint32_t /*ms*/) {}

  /// Announces how long a task of this job may take. Use it where that is longer than the plugin's
  /// `silence_ms` allows. It counts until the gateway has measured enough tasks of the job (the
  /// first steps of a large model, for example). One call per message is enough.
  virtual void expect_steps_of(std::uint32_t /*ms*/) {}

  /// Whether the job was cancelled: for loops that clean up before they return.
  virtual bool cancelled() = 0;
};

/// How a job ended; told to every stage that took part.
enum class Outcome { done, failed, cancelled };

/// What the constructor of an executor gets.
struct Setup {
  Params params;               ///< checked against the plugin's declaration
  std::string name;            ///< the stage's name in the flow
  std::filesystem::path home;  ///< SOUVENIR_HOME: holds all state of this installation; the stage
                               ///< may use stages/`name` in it, and what its plugin declares
  /// Reports what is being loaded ("loading unet"). `up` and `status` show it; it counts as a beat.
  std::function<void(const std::string&)> loading;
  /// Jobs that may still send messages. Drop what is on disk for any other job.
  std::set<std::string> open_jobs = {};
};

/// One message of a batch, and where its results go.
struct BatchItem {
  const schemas::Message& message;
  Outbox& out;
};

/// The code of a stage. Each replica of the stage runs one object of it, in a process of its own.
///
/// The engine constructs it once, calls process() for one message at a time, and destroys it at an
/// orderly stop. The constructor acquires everything: weights, files. All calls come from one
/// thread.
/// - A constructor that throws ends the process. The supervisor reports the text and tries again.
/// - An exception from process() fails the job of that message, not the process. The client gets
///   the text, and process() is called with the next message.
/// - process() sees the messages of one job in order (seq 0, 1, 2, ...), on one replica. Messages
///   of several jobs may interleave.
/// - ended() is called at least once for every job that this stage took part in, whatever the
///   outcome. Drop there what is kept for the job. It must not throw. If the process ends first,
///   the next one learns from Setup::open_jobs which jobs are still open.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void process(const schemas::Message& in, Outbox& out) = 0;
  /// Processes several messages at once, each of a different job. They are equal in the fields that
  /// `batch.by` of the flow file names. Called only when the plugin's table says `batches`. An
  /// exception fails them all. When a job of the batch is cancelled meanwhile, what is sent for it
  /// is discarded and nothing throws but call(): catch Cancelled there, or the others fail with it.
  virtual void process_batch(std::vector<BatchItem>& items) {
    for (auto& item : items) process(item.message, item.out);
  }
  virtual void ended(const std::string& /*job*/, Outcome /*outcome*/) {}
  /// An attempt of the job is over, but the job is not. Its next message is seq 0 of a new attempt
  /// with a higher epoch, here or on another replica. Drop what is in memory for the job; keep what
  /// a new attempt continues from. It must not throw.
  virtual void interrupted(const std::string& /*job*/) {}
  /// The process is about to end in order, between two messages. Save what a later attempt of an
  /// open job can continue from. The destructor follows. It must not throw.
  virtual void stopping() {}
};

}  // namespace executor
