#include "tests/catch_torch.h"

#include "encoder/tensor_cache.h"

#include <ATen/ops/zeros.h>

TEST_CASE("the cache forgets what was used least lately, and stays within its bytes") {
  encoder::TensorCache cache(1000);
  cache.keep("a", {at::zeros({100})});  // 401 bytes each
  cache.keep("b", {at::zeros({100})});
  CHECK(cache.find("a").size() == 1);
  cache.keep("c", {at::zeros({100})});
  CHECK(cache.find("b").empty());
  CHECK(cache.find("a").size() == 1);
  CHECK(cache.find("c").size() == 1);
  CHECK(cache.bytes() == 802);
  cache.keep("too large", {at::zeros({1000})});
  CHECK(cache.find("too large").empty());
  CHECK(cache.bytes() == 802);
}

TEST_CASE("all of one owner can be dropped") {
  encoder::TensorCache cache(2000);
  for (const char* key : {"ann\none", "bob\none", "ann\ntwo"}) cache.keep(key, {at::zeros({10})});
  cache.drop("ann\n");
  CHECK(cache.find("ann\none").empty());
  CHECK(cache.find("ann\ntwo").empty());
  CHECK(cache.find("bob\none").size() == 1);
  CHECK(cache.bytes() == 47);
}
