#pragma once

#include "flow/file/flow_file.h"
#include "flow/file/toml_reader.h"

namespace flow {

/// Reads one TOML document into a Flow with valid types, parameters and places; the check of the
/// whole flow comes later. Private to flow_file.cpp and the files that implement it. Used once, by
/// one thread. Each function throws executor::Error(bad_config) at the place of the mistake.
class FlowReader : private TomlReader {
 public:
  /// `find` must outlive this object. `run` and `share` are the values of ${var.run} and
  /// ${var.share}.
  FlowReader(const std::filesystem::path& file, const std::filesystem::path& run,
             const std::filesystem::path& share, const FindPlugin& find);

  Flow read();

 private:
  // flow_reader.cpp
  void read_vars(const toml::table& root);
  void read_flow(const toml::table& root);
  void check_name(const std::string& name, const Place& place) const;
  void read_gateway(const toml::table& root);
  void read_per_user(const toml::node& node);
  void read_listen(const toml::table& gateway);

  // flow_reader_access.cpp
  void read_access(const toml::table& root);
  void read_audit(const toml::node& node);
  void read_trust_group(const toml::node& node);
  std::vector<std::string> read_addresses(const toml::node& node, const std::string& what);
  access::TokenSettings read_token(const toml::table& keys);

  // flow_reader_stages.cpp
  void read_stages(const toml::table& root);
  Stage read_stage(const toml::table& keys);
  void read_plugin(const toml::table& keys, Stage& stage);
  void read_with(const toml::table& keys, Stage& stage);
  void read_env(const toml::table& keys, Stage& stage);
  void read_placement(const toml::table& keys, Stage& stage);
  void read_gpu(const toml::table& keys, Stage& stage);
  void read_queue(const toml::table& keys, Stage& stage);
  void read_restart(const toml::table& keys, Stage& stage);
  void read_sticky(const toml::table& keys, Stage& stage);
  void read_batch(const toml::table& keys, Stage& stage);
  std::vector<std::string> read_fields(const toml::node& node, const std::string& what);

  // flow_reader_routes.cpp
  void read_routes(const toml::table& root);
  void read_route(const toml::key& key, const toml::node& node);
  std::vector<std::size_t> read_path(const toml::node& node);

  const FindPlugin& find_;
  Flow flow_;
};

}  // namespace flow
