#include "sampler/forgetting_of.h"

#include "sampler/allocation.h"
#include "store/replay_file.h"
#include "store/retention_note.h"

namespace sampler {

std::vector<double> forgetting_of(const std::filesystem::path& home,
                                  const schemas::TrainSettings& settings) {
  const auto now = store::read_retention_note(store::replay_folder(home, settings.base)).earlier;
  std::vector<double> forgotten;
  for (const auto& thing : settings.replay) {
    const auto loss = now.find(thing.version);
    const auto note = store::read_retention_note(store::replay_folder(home, thing.version));
    const bool known = loss != now.end() && note.before && note.just;
    forgotten.push_back(known ? forgetting(*note.before, *note.just, loss->second) : 0);
  }
  return forgotten;
}

}  // namespace sampler
