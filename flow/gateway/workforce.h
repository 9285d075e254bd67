#pragma once

#include <string>
#include <utility>
#include <vector>

#include "flow/access/guard.h"
#include "flow/file/flow.h"
#include "flow/gateway/admission.h"
#include "flow/gateway/clients.h"
#include "flow/gateway/gateway_port.h"
#include "flow/gateway/job_desk.h"
#include "flow/gateway/open_jobs.h"
#include "flow/gateway/replicas.h"
#include "flow/gateway/route_runner.h"
#include "flow/gateway/stage_queues.h"
#include "schemas/jobs.h"

namespace flow {

/// The processes of all stages: they join, are watched, and are lost. Who may join says Admission,
/// how many there shall be says Replicas, and what a loss means for jobs says RouteRunner. Uses
/// what others keep, all of which must outlive this. One thread; sends without waiting.
class Workforce {
 public:
  /// What it uses; `elsewhere` are the open jobs of other flows in this home folder.
  struct Surroundings {
    const Flow& flow;
    const GatewayPort& port;
    const std::vector<std::string>& elsewhere;
    Admission& admission;
    Clients& clients;
    StageQueues& queues;
    std::vector<Replicas>& replicas;  ///< by stage
    OpenJobs& jobs;
    JobDesk& desk;
    RouteRunner& runner;
  };
  explicit Workforce(const Surroundings& around);

  /// A process asks to join. What keeps it out is told to it, and not thrown.
  void hello(const std::string& peer, const executor::Packet& packet, const access::Origin& origin,
             Time now);
  /// What clients ask of a stage's processes: scale and swap. Throws executor::Error.
  void steer(const schemas::Control& asked, const Watcher& watcher, Time now);
  /// A process on this host has ended; `again` = it will be started once more.
  void died(std::size_t stage, std::uint32_t replica, const std::string& text, bool again,
            Time now);
  /// Looks for silent processes and for work that takes too long. With `probes` it looks for
  /// closed connections too; while `stopping` nothing is started.
  void watch(bool probes, bool stopping, Time now);
  /// Lists changed: whoever may come in no longer is lost, and so are those that are more than
  /// their key may run.
  void enforce_access();
  /// The process is gone, or is to go; `kill` = it hangs.
  void lose(std::size_t stage, const std::string& peer, const std::string& text, bool kill = false);
  /// Does what Replicas says.
  void follow(std::size_t stage, const Replicas::Actions& actions);

 private:
  void check(std::size_t stage, bool probes, Time now);
  Replicas::Start starter(std::size_t stage) const;
  std::vector<std::pair<std::size_t, std::string>> workers_under(const std::string& key_name) const;
  void lose_surplus(const std::string& key_name);
  void check_room_for(const access::Origin& origin);

  const Flow& flow_;
  const GatewayPort& port_;
  const std::vector<std::string>& elsewhere_;
  Admission& admission_;
  Clients& clients_;
  StageQueues& queues_;
  std::vector<Replicas>& replicas_;
  OpenJobs& jobs_;
  JobDesk& desk_;
  RouteRunner& runner_;
};

}  // namespace flow
