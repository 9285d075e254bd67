#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "executor/database.h"
#include "flow/gateway/journal.h"

namespace flow {

/// The journal of one home folder: an SQLite file, WAL, synchronous FULL. A thread of its own
/// writes it. Entries that are appended during one transaction go into the next one together (group
/// commit). On a full disk it waits. Any other write failure ends the process: the kernel drops
/// pages that it could not write, so a second try could succeed without them. The next start reads
/// what is really on disk.
class SqliteJournal final : public Journal {
 public:
  /// `flow` is the name of the flow whose jobs this journal keeps. Damaged rows, of any flow, are
  /// set aside first (job_rows.h), with a line in the log. Throws executor::Error(bad_config).
  SqliteJournal(const std::filesystem::path& file, std::string flow);
  /// Commits all appended entries, unless the disk is full.
  ~SqliteJournal() override;
  SqliteJournal(const SqliteJournal&) = delete;
  SqliteJournal& operator=(const SqliteJournal&) = delete;

  std::uint64_t append(Entry entry) override;
  std::uint64_t committed() const override { return committed_; }
  std::string trouble() const override;
  std::vector<JobRecord> load() override;
  std::vector<std::string> open_elsewhere() override;
  executor::Packet request(const std::string& job) override;
  std::vector<executor::Packet> results(const std::string& job) override;
  std::size_t result_bytes(const std::string& job) override;
  std::vector<schemas::JobNote> history(const std::string& job) override;

  /// An eventfd that is readable after a commit; acknowledge() resets it.
  int descriptor() const { return event_; }
  void acknowledge();

 private:
  void write_all();
  void write(const std::vector<Entry>& entries);
  void write(const Entry& entry);
  void write_frames(const std::string& job, const std::string& part,
                    const std::vector<executor::Packet>& packets);
  std::vector<executor::Packet> frames(const std::string& job, const std::string& part);

  std::string flow_;
  executor::Database reader_;  // the gateway's thread
  executor::Database writer_;  // the writing thread
  int event_;
  std::atomic<std::uint64_t> committed_ = 0;
  mutable std::mutex mutex_;  // guards the members below
  std::condition_variable wake_;
  std::vector<Entry> waiting_;
  std::string trouble_;
  bool ending_ = false;
  std::uint64_t appended_ = 0;  // used by the gateway's thread only
  std::thread thread_;
};

}  // namespace flow
