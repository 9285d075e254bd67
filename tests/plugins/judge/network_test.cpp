#include "tests/catch_torch.h"

#include "diffusion/judge/judge_network.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "diffusion/judge/judge_loss.h"
#include "executor/files/file_error.h"
#include "judge_fixture.h"

namespace {

const diffusion::JudgeWords kWords{
    {"cat", "dog", "fish"}, {"cartoon", "painting"}, {"red", "white"}};

std::string refusal(const std::filesystem::path& folder,
                    const diffusion::JudgeWords& words = kWords) {
  try {
    diffusion::JudgeNetwork(folder, words, 1, at::kCPU);
  } catch (const files::Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a judge embeds pictures at length 1 and has a logit for every word") {
  const tests::JudgeFolder folder;
  const diffusion::JudgeNetwork network(folder.path / "judge", kWords, 3, at::kCPU);
  const auto seen = network(at::rand({5, 3, 16, 16}) * 2 - 1);
  CHECK(seen.embeddings.sizes() == at::IntArrayRef({5, 6}));
  CHECK(seen.categories.sizes() == at::IntArrayRef({5, 3}));
  CHECK(seen.styles.sizes() == at::IntArrayRef({5, 2}));
  CHECK(seen.backgrounds.sizes() == at::IntArrayRef({5, 2}));
  const auto lengths = at::linalg_vector_norm(seen.embeddings, 2, {1});
  CHECK(lengths.allclose(at::ones({5})));
  CHECK_THROWS_AS(network(at::zeros({1, 3, 32, 32})), files::Error);
}

TEST_CASE("a judge that was saved sees what it saw before") {
  const tests::JudgeFolder folder;
  const diffusion::JudgeNetwork network(folder.path / "judge", kWords, 3, at::kCPU);
  network.save(folder.path / "saved", at::kFloat);
  const diffusion::JudgeNetwork again(folder.path / "saved", at::kCPU);
  const auto pixels = at::rand({2, 3, 16, 16});
  CHECK(again(pixels).embeddings.equal(network(pixels).embeddings));
  CHECK(again.words().categories == kWords.categories);
  CHECK(again.words().backgrounds == kWords.backgrounds);
}

TEST_CASE("a judge's weights follow from the seed") {
  const tests::JudgeFolder folder;
  const auto pixels = at::rand({1, 3, 16, 16});
  const auto embedding = [&](std::uint64_t seed) {
    return diffusion::JudgeNetwork(folder.path / "judge", kWords, seed, at::kCPU)(pixels)
        .embeddings;
  };
  CHECK(embedding(3).equal(embedding(3)));
  CHECK_FALSE(embedding(3).equal(embedding(4)));
}

TEST_CASE("a shape that cannot be built is refused with the key's name") {
  const tests::JudgeFolder folder;
  folder.shape(R"("block_out_channels": [8, 10], "layers_per_block": 1, "norm_num_groups": 4)");
  CHECK(refusal(folder.path / "judge").find("norm_num_groups") != std::string::npos);
  folder.shape(R"("block_out_channels": [8, 8], "layers_per_block": [1], "norm_num_groups": 4)");
  CHECK(refusal(folder.path / "judge").find("layers_per_block") != std::string::npos);
  folder.shape(R"("block_out_channels": [8, 8, 8, 8, 8], "layers_per_block": 1,
                  "norm_num_groups": 4)");
  CHECK(refusal(folder.path / "judge").find("sample_size") != std::string::npos);
  folder.shape(R"("block_out_channels": [8], "layers_per_block": 1, "norm_num_groups": 4)");
  CHECK(refusal(folder.path / "judge", {{}, {"a"}, {"b"}}) == "a judge needs words for categories");
}

TEST_CASE("what is not known of a picture does not count") {
  const auto logits = at::tensor({0.0F, 9.0F, 9.0F, 0.0F, 9.0F, 0.0F}).reshape({3, 2});
  const auto truth = at::tensor({1, -1, 1}, at::kLong);
  CHECK(diffusion::accuracy(logits, truth) == Approx(0.5));
  CHECK(diffusion::accuracy(logits, at::tensor({-1, -1, -1}, at::kLong)) == 0);

  const auto nothing = at::tensor({-1, -1, -1}, at::kLong);
  const diffusion::JudgeSeen seen{at::rand({3, 6}), logits, logits, logits};
  const auto exemplars = at::rand({4, 6});
  CHECK(
      diffusion::judge_loss(seen, {nothing, nothing, nothing, nothing}, exemplars).item<double>() ==
      0);
  CHECK(diffusion::judge_loss(seen, {nothing, truth, nothing, nothing}, exemplars).item<double>() >
        1);
}
