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
inline constexpr std::int64_t kMinDraws = 2;   ///< a standard error needs two
inline constexpr std::int64_t kMaxDraws = 1024;
inline constexpr std::size_t kMaxUntouched = 64;

/// A thing of a suite, ready to be measured.
struct Thing {
  std::string name, category;
  bool style = false;
  Pictures pictures;
  Looks looks;             ///< of all its pictures, including the held-out ones
  Look centre;             ///< their centre
  at::Tensor unseen = {};  ///< latents of the held-out pictures
};

/// A suite, ready to be run.
struct SuiteData {
  schemas::EvaluationSuite suite;
  std::vector<Thing> things;
  std::vector<Question> untouched;  ///< questions on pictures that the pretrained model drew
};

/// Throws Error(bad_input) that names the mistake: an unknown strategy, an order that repeats a
/// thing or names an unknown one, a number out of range, missing pictures.
void check(const schemas::EvaluationSuite& suite, std::size_t pictures);

/// Judges and encodes the pictures of a checked suite, and draws the untouched categories.
SuiteData suite_data_of(const schemas::Message& in, RouteClient& routes, const Probe& probe);

/// The SHA-256 of what is taught and how, without strategies, orders and seeds. Suites with the
/// same identity have comparable results.
std::string identity_of(const schemas::Message& in);

}  // namespace evaluation
