#include "../catch_torch.h"

#include "diffusion/device_graph.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>

#include <functional>
#include <string>

#include "diffusion/error.h"

namespace {

// What an accelerator does, on the CPU: between begin and end nothing is computed for good, and a
// replay does the recorded work again on the same memory.
struct FakeGraph : at::GraphImplInterface {
  explicit FakeGraph(const at::GraphImplArgs&) {}

  void capture_begin(at::MempoolId_t, at::GraphCaptureMode) override { calls += "begin "; }
  void capture_end() override { calls += "end "; }
  void instantiate() override {}
  void replay() override {
    calls += "replay ";
    on_replay();
  }
  void reset() override {}
  at::MempoolId_t pool() const override { return {}; }
  void enable_debug_mode() override {}
  void debug_dump(const std::string&) override {}

  inline static std::string calls;
  inline static std::function<void()> on_replay;
};

at::Tensor filled(double value, std::int64_t size = 3) {
  return at::full({size}, value);
}

// The sum of both inputs, and what a recording of it knows.
struct Sum {
  Sum() {
    FakeGraph::calls.clear();
    FakeGraph::on_replay = [this] { output.copy_(inputs[0] + inputs[1]); };
  }

  diffusion::DeviceGraph graph{[this](const std::vector<at::Tensor>& in) {
                                 ++computed;
                                 inputs = in;
                                 return output = in[0] + in[1];
                               },
                               at::kCPU};
  std::vector<at::Tensor> inputs;
  at::Tensor output;
  int computed = 0;
};

}  // namespace

namespace at {
REGISTER_GRAPH_IMPL(CPU, FakeGraph)
}  // namespace at

TEST_CASE("work is recorded once, after it has warmed up, and then replayed on new inputs") {
  REQUIRE(diffusion::DeviceGraph::is_possible(at::kCPU));
  Sum sum;
  CHECK(sum.graph({filled(1), filled(2)}).equal(filled(3)));
  CHECK(FakeGraph::calls == "begin end replay ");
  CHECK(sum.computed == 4);
  CHECK(sum.graph({filled(10), filled(20)}).equal(filled(30)));
  CHECK(sum.graph({filled(5), filled(-5)}).equal(filled(0)));
  CHECK(FakeGraph::calls == "begin end replay replay replay ");
  CHECK(sum.computed == 4);
}

TEST_CASE("the caller's tensors are not those that a recording reads and writes") {
  Sum sum;
  auto first = filled(1);
  const auto result = sum.graph({first, filled(2)});
  first.fill_(100);
  CHECK(sum.inputs[0].equal(filled(1)));
  sum.graph({filled(4), filled(4)});
  CHECK(result.equal(filled(8)));
}

TEST_CASE("a recording refuses inputs of other sizes, types or number") {
  Sum sum;
  sum.graph({filled(1), filled(2)});
  CHECK_THROWS_AS(sum.graph({filled(1, 4), filled(2, 4)}), diffusion::Error);
  CHECK_THROWS_AS(sum.graph({filled(1).to(at::kDouble), filled(2)}), diffusion::Error);
  CHECK_THROWS_AS(sum.graph({filled(1)}), diffusion::Error);
  CHECK(sum.graph({filled(1), filled(1)}).equal(filled(2)));
}
