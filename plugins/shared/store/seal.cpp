#include "store/seal.h"

#include "executor/error.h"
#include "executor/fault_point.h"
#include "executor/files/bytes_below.h"
#include "executor/files/checksums.h"
#include "executor/files/durable_file.h"
#include "executor/files/file_error.h"
#include "executor/full_disk.h"
#include "store/transfer_limits.h"

namespace store {

namespace fs = std::filesystem;

void seal(const fs::path& folder, executor::Outbox& out) {
  const auto beat = [&out] {
    if (out.cancelled()) throw executor::Cancelled();
  };
  try {
    out.expect_silence(time_to_flush_ms(files::bytes_below(folder)));
    executor::fault_point("publish.begin");
    files::write_checksums(folder, beat);
    files::flush_tree(folder,
                      [&out](std::uint64_t bytes) { out.expect_silence(time_to_flush_ms(bytes)); });
    executor::fault_point("publish.flushed");
  } catch (const files::DiskFull& error) {
    throw executor::Error("unavailable", error.what(), executor::kFullDiskHint);
  } catch (const files::Error& error) {
    throw executor::Error("internal", error.what());
  }
}

bool is_sealed(const fs::path& folder) {
  return fs::is_regular_file(folder / files::kChecksumsFile);
}

}  // namespace store
