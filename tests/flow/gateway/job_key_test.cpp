#include "flow/gateway/job_key.h"

#include <catch2/catch.hpp>
#include <set>

#include "schemas/generate.h"

TEST_CASE("a field of a message is named by its path through the maps in it") {
  schemas::Draw draw;
  draw.settings.version = "v-1";
  draw.settings.num_inference_steps = 30;
  const auto body = schemas::pack(draw);
  CHECK(flow::values_of({"settings.version", "settings.num_inference_steps"}, body) ==
        "v-1\x1f"
        "30\x1f");
  for (const char* absent :
       {"version", "settings.none", "settings.version.more", "tensors.version", "none.version"}) {
    INFO(absent);
    CHECK(flow::values_of({absent}, body) == "\x1f");
  }
}

TEST_CASE("a digest tells requests apart by endpoint, type, body and each blob by itself") {
  const auto digest = [](const std::string& endpoint, const std::string& type,
                         const std::string& body, const std::vector<std::string>& blobs) {
    executor::Packet packet;
    packet.header.endpoint = endpoint;
    packet.header.type = type;
    packet.body = schemas::Blob(body);
    for (const auto& blob : blobs) packet.blobs.emplace_back(blob);
    return flow::digest(packet);
  };
  const std::set<std::string> different{
      digest("/run", "text.v1", "ab", {"cd"}),     digest("/runt", "ext.v1", "ab", {"cd"}),
      digest("/run", "text.v1", "abc", {"d"}),     digest("/run", "text.v1", "ab", {"c", "d"}),
      digest("/run", "text.v1", "ab", {"cd", ""}), digest("/run", "text.v1", "ab", {})};
  CHECK(different.size() == 6);
  CHECK(different.begin()->size() == 32);
  CHECK(different.contains(digest("/run", "text.v1", "ab", {"cd"})));
}
