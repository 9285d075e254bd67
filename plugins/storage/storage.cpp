#include "storage/storage.h"

#include "schemas/stored.h"
#include "store/layout.h"
#include "store/seal.h"

namespace storage {

Storage::Storage(const executor::Setup& setup) : home_(setup.home), transfers_(setup.home) {}

void Storage::process(const schemas::Message& in, executor::Outbox& out) {
  if (in.type == schemas::Trained::kType) return seal(in, out);
  transfers_.process(in, out);
}

// What is not there was moved before, or never made: the registry knows which.
void Storage::seal(const schemas::Message& in, executor::Outbox& out) {
  const auto trained = in.as<schemas::Trained>();
  const auto& version = trained.settings.version;
  transfers_.require_own(in, trained.settings);
  for (const auto& folder :
       {store::staging_folder(home_, version), store::staged_replay_folder(home_, version)}) {
    if (std::filesystem::is_directory(folder)) store::seal(folder, out);
  }
  out.send(schemas::Message::of(schemas::Stored{trained}));
}

}  // namespace storage
