#include "sampler/slips.h"

#include "sampler/allocation.h"
#include "sampler/health_note.h"
#include "sampler/memory_file.h"

namespace sampler {

std::vector<double> slips_of(const std::filesystem::path& home,
                             const schemas::TrainSettings& settings) {
  const auto now = read_health_note(memory_folder(home, settings.base)).earlier;
  std::vector<double> slips;
  for (const auto& thing : settings.replay) {
    const auto loss = now.find(thing.version);
    const auto note = read_health_note(memory_folder(home, thing.version));
    const bool known = loss != now.end() && note.before && note.just;
    slips.push_back(known ? slip(*note.before, *note.just, loss->second) : 0);
  }
  return slips;
}

}  // namespace sampler
