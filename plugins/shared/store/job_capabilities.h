#pragma once

#include <vector>

#include "schemas/generate.h"
#include "schemas/message.h"
#include "schemas/training.h"
#include "store/capability_key.h"

/// What a job may do with which artefacts of the store: exactly those that its settings name. The
/// registry alone says so.
namespace store {

/// Puts into the settings of a training what the present attempt of the job of `in` may do: read
/// the version that it starts from and the memories of `replay`; read and write its checkpoint and,
/// when a metamodel learns something, the memory of that; write the new version.
void add_capabilities(schemas::TrainSettings& settings, const schemas::Message& in,
                      const CapabilityKey& key);

/// Throws Error(forbidden) unless the registry has planned the settings' version for the attempt
/// that `in` is of, whoever the settings came by.
void require_own_version(const CapabilityKey& key, const schemas::Message& in,
                         const schemas::TrainSettings& settings);

/// To read the version that is drawn with.
std::vector<schemas::Capability> capabilities_for(const schemas::DrawSettings& settings,
                                                  const schemas::Message& in,
                                                  const CapabilityKey& key);

}  // namespace store
