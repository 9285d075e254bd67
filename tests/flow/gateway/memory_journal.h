#pragma once

#include <map>
#include <string>
#include <vector>

#include "executor/error.h"
#include "flow/gateway/journal.h"

namespace flow_test {

/// A journal whose disk is a map: commits at once, or only when the test says so; what was not
/// committed is lost by crash().
class MemoryJournal : public flow::Journal {
 public:
  bool at_once = true;
  std::string why;                  ///< trouble()
  std::map<std::string, int> ends;  ///< committed end events by job
  int results_read = 0;             ///< calls of results()

  std::uint64_t append(Entry entry) override {
    waiting_.push_back(std::move(entry));
    ++appended_;
    if (at_once) commit();
    return appended_;
  }
  std::uint64_t committed() const override { return committed_; }
  std::string trouble() const override { return why; }

  /// Brings what waits to the disk, the first `most` of it.
  void commit(std::size_t most = ~std::size_t{0}) {
    while (!waiting_.empty() && most-- > 0) {
      write(waiting_.front());
      waiting_.erase(waiting_.begin());
      ++committed_;
    }
  }
  /// The process dies: what waits is lost, what is on disk stays.
  void crash() {
    waiting_.clear();
    appended_ = committed_ = 0;
  }
  bool busy() const { return !waiting_.empty(); }

  std::vector<flow::JobRecord> load() override {
    std::vector<flow::JobRecord> all;
    for (const auto& [id, record] : jobs_) all.push_back(record);
    return all;
  }
  std::vector<std::string> open_elsewhere() override { return {}; }
  executor::Packet request(const std::string& job) override {
    const auto found = requests_.find(job);
    if (found == requests_.end()) throw executor::Error("not_found", "no request");
    return found->second;
  }
  std::vector<executor::Packet> results(const std::string& job) override {
    ++results_read;
    return results_[job];
  }
  std::size_t result_bytes(const std::string& job) override {
    std::size_t bytes = 0;
    for (const auto& packet : results_[job]) bytes += executor::bytes_of(packet);
    return bytes;
  }
  std::vector<schemas::JobNote> history(const std::string& job) override { return notes_[job]; }

 private:
  /// Type, body and blobs, as on a real disk.
  static executor::Packet kept(const executor::Packet& packet) {
    executor::Packet left{{}, packet.body, packet.blobs};
    left.header.type = packet.header.type;
    return left;
  }
  void write(const Entry& entry) {
    for (const auto& record : entry.saves) jobs_.insert_or_assign(record.id, record);
    if (!entry.request_of.empty()) requests_[entry.request_of] = kept(entry.request);
    if (!entry.results_of.empty()) {
      auto& results = results_[entry.results_of] = {};
      for (const auto& result : entry.results) results.push_back(kept(result));
    }
    if (!entry.reopens.empty()) --ends[entry.reopens];
    for (const auto& [job, note] : entry.notes) {
      notes_[job].push_back(note);
      if (note.what == "done" || note.what == "failed" || note.what == "cancelled") ++ends[job];
    }
    for (const auto& job : entry.forgets) {
      jobs_.erase(job);
      requests_.erase(job);
      results_.erase(job);
      notes_.erase(job);
    }
  }

  std::vector<Entry> waiting_;
  std::uint64_t appended_ = 0, committed_ = 0;
  std::map<std::string, flow::JobRecord> jobs_;
  std::map<std::string, executor::Packet> requests_;
  std::map<std::string, std::vector<executor::Packet>> results_;
  std::map<std::string, std::vector<schemas::JobNote>> notes_;
};

}  // namespace flow_test
