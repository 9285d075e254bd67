#include "flow/server/gpu_memory.h"

#include "tests/flow/file/fake_plugins.h"
#include "tests/flow/gateway/gateway_fixture.h"

using namespace flow;

namespace {

constexpr std::uint64_t kGiB = 1ull << 30;
const std::string kFlow =
    "flow = \"f\"\n[route]\n\"/x\" = \"trainer\"\n\"/y\" = \"generator\"\n"
    "\"/picture\" = { path = \"generator\", accepts = [\"latents.v1\"] }\n";

// Two stages that use a GPU; each with these keys.
std::string two(const std::string& trainer, const std::string& generator) {
  return kFlow + "[[executor]]\nname = \"trainer\"\n" + trainer +
         "\n[[executor]]\nname = \"generator\"\n" + generator + "\n";
}

std::string budget(const std::string& size) {
  return "gpu = \"share\"\ngpu_memory = \"" + size + "\"";
}

const std::vector<Gpu> kHost = {{"0", "GPU-aaaa", 24 * kGiB}, {"1", "GPU-bbbb", 8 * kGiB}};

}  // namespace

TEST_CASE("a stage of the flow file has its part of a GPU, or all there is") {
  const auto flow = flow_test::load(two(budget("6GiB"), "gpu = 1"));
  CHECK(flow.stages[0].gpu_memory_bytes == 6 * kGiB);
  CHECK(flow.stages[1].gpu_memory_bytes == 0);
}

TEST_CASE("a part of a GPU is refused where it is no size or there is no GPU") {
  const std::string cases[][4] = {
      {"gpu = 1\ngpu_memory = 6", "9:14", "'gpu_memory' is an int", "256MiB"},
      {"gpu = 1\ngpu_memory = \"6 GiB\"", "9:14", "is not a size", "2GiB"},
      {"gpu = 1\ngpu_memory = \"0GiB\"", "9:14", "is not a size", "2GiB"},
      {"gpu = 0\ngpu_memory = \"6GiB\"", "9:14", "a gpu_memory but no gpu", "gpu = 1"},
      {"gpu_memory = \"6GiB\"", "8:14", "a gpu_memory but no gpu", "share"},
  };
  for (const auto& [keys, place, cause, hint] : cases) {
    flow_test::require_refused({cause, two(keys, ""), place, cause, hint});
  }
}

TEST_CASE("what nvidia-smi lists is read, and nothing else it may say") {
  const auto gpus = gpus_in(
      "0, GPU-5f3c-11, 24564\n1,GPU-77,  143771\r\n"
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n"
      "2, GPU-88, [N/A]\n, GPU-99, 5\n3, MIG-1, 5\n\n");
  REQUIRE(gpus.size() == 2);
  CHECK(gpus[0].index == "0");
  CHECK(gpus[0].uuid == "GPU-5f3c-11");
  CHECK(gpus[0].memory_bytes == 24564ull << 20);
  CHECK(gpus[1].index == "1");
  CHECK(gpus[1].memory_bytes == 143771ull << 20);
  CHECK(gpus_in("").empty());
}

TEST_CASE("the budgets on a GPU are added up, every process counted") {
  const auto flow = flow_test::load(two(budget("6GiB"), budget("9GiB") + "\nreplicas = 2"));
  const auto shares = gpu_shares(flow, kHost);
  REQUIRE(shares.size() == 1);
  CHECK(shares[0].gpu == "0");
  CHECK(shares[0].stages == std::vector<std::size_t>{0, 1});
  CHECK(shares[0].budget_bytes == 24 * kGiB);
  CHECK(shares[0].memory_bytes == 24 * kGiB);
  CHECK_NOTHROW(check_gpu_shares(flow, shares));
}

TEST_CASE("a flow that promises a byte more than a GPU has is refused by the names of the stages") {
  const auto flow = flow_test::load(two(budget("6GiB"), budget("9GiB") + "\nreplicas = 2"));
  auto host = kHost;
  --host[0].memory_bytes;
  try {
    check_gpu_shares(flow, gpu_shares(flow, host));
    FAIL("was accepted");
  } catch (const executor::Error& error) {
    const std::string what = error.what();
    CHECK(error.code() == "bad_config");
    CHECK(what.find(flow.stages[1].place.text() + ": GPU 0 has 24.0 GiB, but 24.0 GiB of it are "
                                                  "promised to trainer (6.0 GiB), generator (2 x "
                                                  "9.0 GiB)") == 0);
    CHECK(error.hint().find("lower a gpu_memory") != std::string::npos);
  }
}

TEST_CASE("a stage is counted on the first GPU that it sees") {
  const std::string second = budget("6GiB") + "\nenv = { CUDA_VISIBLE_DEVICES = \"";
  const struct {
    std::string own, server, gpu;
  } cases[] = {{"1,0", "", "1"},  {"GPU-bb", "", "1"}, {"GPU-zz", "", "GPU-zz"},
               {" 1 ", "0", "1"}, {"7", "", "7"},      {"-1", "", ""},
               {"", "", ""}};
  for (const auto& [own, server, gpu] : cases) {
    INFO(own);
    const auto flow = flow_test::load(two(second + own + "\" }", ""));
    const auto shares = gpu_shares(flow, kHost, server);
    REQUIRE(shares.size() == (gpu.empty() ? 0 : 1));
    if (!gpu.empty()) CHECK(shares[0].gpu == gpu);
  }
  const auto flow = flow_test::load(two(budget("6GiB"), budget("1GiB")));
  CHECK(gpu_shares(flow, kHost, "GPU-bbbb,GPU-aaaa").at(0).gpu == "1");
  CHECK(gpu_shares(flow, kHost, "1").at(0).budget_bytes == 7 * kGiB);
}

TEST_CASE("what is not known of a GPU is not refused, and other hosts have their own") {
  const auto flow = flow_test::load(two(budget("900GiB"), ""));
  const auto shares = gpu_shares(flow, {});
  REQUIRE(shares.size() == 1);
  CHECK_FALSE(shares[0].memory_bytes);
  CHECK_NOTHROW(check_gpu_shares(flow, shares));
  CHECK_THROWS(check_gpu_shares(flow, gpu_shares(flow, kHost)));
  const std::string remote = "gpu = 1\nhost = \"remote\"\ngpu_memory = \"900GiB\"";
  CHECK(gpu_shares(flow_test::load(two(remote, "")), kHost).empty());
}

TEST_CASE("a stage that joins is told its part of a GPU") {
  flow_test::Fixture f;
  f.flow.stages[0].gpu_memory_bytes = 6 * kGiB;
  f.join_all();
  const auto told = [&](const char* peer) {
    const auto welcome = f.take(peer, schemas::Kind::welcome).at(0);
    return schemas::unpack<schemas::Welcome>(welcome.body.view()).gpu_memory_bytes;
  };
  CHECK(told("s1") == static_cast<std::int64_t>(6 * kGiB));
  CHECK(told("s2") == 0);
}
