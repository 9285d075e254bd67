#include "store/job_capabilities.h"

#include "schemas/targets.h"
#include "schemas/transfer.h"

namespace store {
namespace {

/// Gives the job of a message capabilities.
class Giver {
 public:
  Giver(const schemas::Message& in, const CapabilityKey& key) : in_(in), key_(key) {}

  schemas::Capability to(const char* right, const char* kind, const std::string& id) const {
    return key_.grant({.root = in_.root,
                       .kind = kind,
                       .id = id,
                       .right = right,
                       .job = in_.job,
                       .epoch = in_.epoch});
  }

 private:
  const schemas::Message& in_;
  const CapabilityKey& key_;
};

}  // namespace

void add_capabilities(schemas::TrainSettings& settings, const schemas::Message& in,
                      const CapabilityKey& key) {
  using namespace schemas;
  const Giver give(in, key);
  settings.capabilities = {give.to(kWrite, kVersionFolder, settings.version),
                           give.to(kRead, kCheckpointFolder, in.job),
                           give.to(kWrite, kCheckpointFolder, in.job)};
  auto& all = settings.capabilities;
  if (settings.base != schemas::kPretrained)
    all.push_back(give.to(kRead, kVersionFolder, settings.base));
  if (is_metamodel(settings.target_model) && !is_retraining(settings)) {
    all.push_back(give.to(kRead, kReplayFolder, settings.version));
    all.push_back(give.to(kWrite, kReplayFolder, settings.version));
  }
  for (auto& thing : settings.replay) {
    thing.proof = give.to(kRead, kReplayFolder, thing.version).proof;
  }
}

void require_own_version(const CapabilityKey& key, const schemas::Message& in,
                         const schemas::TrainSettings& settings) {
  const Use use{.root = in.root,
                .kind = schemas::kVersionFolder,
                .id = settings.version,
                .right = schemas::kWrite,
                .job = in.job,
                .epoch = in.epoch};
  key.require(use, schemas::proof_of(settings.capabilities, use.kind, use.id, use.right));
}

std::vector<schemas::Capability> capabilities_for(const schemas::DrawSettings& settings,
                                                  const schemas::Message& in,
                                                  const CapabilityKey& key) {
  if (settings.version == schemas::kPretrained) return {};
  return {Giver(in, key).to(schemas::kRead, schemas::kVersionFolder, settings.version)};
}

}  // namespace store
