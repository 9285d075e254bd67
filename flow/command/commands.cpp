#include "flow/command/context.h"

namespace flow::command {

void add_commands(App& app, Context& context) {
  add_up(app, context);
  add_down(app, context);
  add_status(app, context);
  add_check(app, context);
  add_plan(app, context);
  add_graph(app, context);
  add_describe(app, context);
  add_call(app, context);
  add_finetune(app, context);
  add_generate(app, context);
  add_identifiers(app, context);
  add_evaluate(app, context);
  add_models(app, context);
  add_jobs(app, context);
  add_keys(app, context);
  add_audit(app, context);
  add_scale(app, context);
  add_swap(app, context);
  add_stage(app, context);
  add_relay(app, context);
  add_doctor(app, context);
  add_bench(app, context);
  add_version(app, context);
}

}  // namespace flow::command
