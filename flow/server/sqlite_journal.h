#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "executor/database.h"
#include "flow/gateway/journal.h"

namespace flow {

/// The journal of one home folder: an SQLite file, WAL, synchronous FULL. One thread of its own
/// writes: whatever was appended while a transaction was on its way goes into the next one together
/// (group commit). A full disk is waited out; any other failure to write ends the process, because
/// pages that the kernel could not write are lost for whoever tries again: the next start
/// reads what truly is on disk.
class SqliteJournal final : public Journal {
 public:
  /// `flow`: the name of the flow whose jobs are kept here. Throws executor::Error(bad_config).
  SqliteJournal(const std::filesystem::path& file, std::string flow);
  /// Commits what was appended, unless the disk is full.
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

  /// Readable (an eventfd) when something was committed; acknowledge() makes it unreadable.
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
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::vector<Entry> waiting_;
  std::string trouble_;
  bool ending_ = false;
  std::uint64_t appended_ = 0;  // the gateway's thread alone
  std::thread thread_;
};

}  // namespace flow
