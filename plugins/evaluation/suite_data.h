#pragma once

#include <string>
#include <vector>

#include "diffusion/training/held_out.h"
#include "evaluation/probe.h"
#include "evaluation/route_client.h"
#include "schemas/evaluation.h"
#include "schemas/message.h"

namespace evaluation {

inline constexpr std::int64_t kMaxDrawn = 64;  ///< pictures of each thing after each task
inline constexpr std::int64_t kMinDraws = 2;   ///< a standard error takes two
inline constexpr std::int64_t kMaxDraws = 1024;
inline constexpr std::size_t kMaxUntouched = 64;

/// A thing of a suite, ready to be measured.
struct Thing {
  std::string name, category;
  bool style = false;
  Pictures pictures;
  Looks looks;             ///< of all its pictures, held-out ones too
  Look centre;             ///< of them
  at::Tensor unseen = {};  ///< latents of the held-out ones
};

/// What a suite brings, ready to measure with.
struct SuiteData {
  schemas::EvaluationSuite suite;
  std::vector<Thing> things;
  std::vector<Question> untouched;  ///< on pictures that the pretrained model drew
};

/// Throws Error(bad_input) naming what is wrong: a strategy that there is not, an order that names
/// a thing twice or one that there is not, a number out of range, pictures that are not there.
void check(const schemas::EvaluationSuite& suite, std::size_t pictures);

/// Judges and encodes the pictures of a checked suite, and draws the untouched categories.
SuiteData suite_data_of(const schemas::Message& in, RouteClient& routes, const Probe& probe);

/// The SHA-256 of what is taught and how, without the strategies, orders and seeds: results of
/// suites with the same one stand side by side.
std::string identity_of(const schemas::Message& in);

}  // namespace evaluation
