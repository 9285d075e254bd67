#include "diffusion/networks/low_rank.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/add.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linear.h>

#include "executor/files/random_stream.h"

namespace diffusion {
namespace {

constexpr int kLayerBits = 16;  // of the index of a mask; the rest counts passes

// What the factors are multiplied with. Under autocast the products choose their own type.
at::Tensor input_of(const LowRankTerm& term, const at::Tensor& x) {
  const bool any = at::autocast::is_autocast_enabled(x.device().type());
  const auto in = any ? x : x.to(term.down.scalar_type());
  return term.dropout ? (*term.dropout)(in, term.layer) : in;
}

at::Tensor sum_of(const at::Tensor& result, const at::Tensor& product, double scale) {
  return at::add(result, product, scale).to(result.scalar_type());
}

}  // namespace

at::Tensor InputDropout::operator()(const at::Tensor& x, std::uint64_t layer) const {
  if (!training || share <= 0) return x;
  files::RandomStream random(seed, files::Purpose::dropout, pass << kLayerBits | layer);
  const std::uint64_t high = random.next();
  auto generator = at::globalContext().defaultGenerator(x.device()).clone();
  generator.set_current_seed(high << 32 | random.next());
  const auto kept = at::empty_like(x).bernoulli_(1 - share, generator).div_(1 - share);
  return x * kept;
}

at::Tensor plus_linear_terms(at::Tensor result, const at::Tensor& x, const LowRankTerms& terms) {
  for (const auto& term : terms) {
    const auto narrow = at::linear(input_of(term, x), term.down);
    result = sum_of(result, at::linear(narrow, term.up), term.scale);
  }
  return result;
}

at::Tensor plus_conv_terms(at::Tensor result, const at::Tensor& x, const LowRankTerms& terms,
                           std::int64_t stride, std::int64_t padding) {
  for (const auto& term : terms) {
    const auto narrow =
        at::conv2d(input_of(term, x), term.down, {}, {stride, stride}, {padding, padding});
    result = sum_of(result, at::conv2d(narrow, term.up), term.scale);
  }
  return result;
}

}  // namespace diffusion
