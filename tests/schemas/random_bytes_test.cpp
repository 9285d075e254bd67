#include <catch2/catch.hpp>
#include <random>

#include "schemas/finetune.h"
#include "schemas/header.h"
#include "schemas/training.h"

namespace {

/// Calls `decode`, which may accept or throw CodecError, and nothing else.
template <typename Decode>
void survives(const Decode& decode) {
  try {
    decode();
  } catch (const schemas::CodecError&) {
  }
}

void decode_all(const std::string& bytes) {
  survives([&] { schemas::decode_header(bytes); });
  survives([&] { schemas::unpack<schemas::Finetune>(bytes); });
  survives([&] { schemas::unpack<schemas::TrainBatch>(bytes); });
}

}  // namespace

TEST_CASE("random bytes are refused with CodecError and nothing worse") {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 64, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    decode_all(bytes);
  }
}

TEST_CASE("good messages with a few bytes changed are read or refused, never more") {
  schemas::TrainBatch batch{.step = 3, .instances = 2, .tensors = {{"latents", "f32", {4, 4}, 0}}};
  schemas::Finetune finetune;
  finetune.category = "dog";
  finetune.learning_rate = 1e-4;
  const std::vector<std::string> good{
      schemas::encode({.kind = schemas::Kind::work, .id = 1, .job = "j", .type = "batch.v1"}),
      schemas::pack(batch), schemas::pack(finetune)};
  std::mt19937 random(2);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good[random() % good.size()];
    for (unsigned n = 1 + random() % 3; n > 0; --n) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    decode_all(bytes);
  }
}
