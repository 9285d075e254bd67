#include "executor/plugin.h"

#include "registry/registry.h"
#include "store/layout.h"

SOUVENIR_PLUGIN(
    registry::Registry, .name = "registry",
    .help = "who owns which identifier, and which model it stands for",
    .handlers =
        {{.accepts = "finetune.v1", .emits = {"plan.v1"}},
         {.accepts = "retrain.v1", .emits = {"plan.v1"}, .has_to_be_listed = true},
         {.accepts = "retrain_own.v1", .emits = {"plan.v1"}, .has_to_be_listed = true},
         {.accepts = "generate.v1", .emits = {"generation.v1"}},
         {.accepts = "stored.v1", .emits = {"finetuned.v1"}, .has_to_be_listed = true},
         {.accepts = "identifiers.v1", .emits = {"identifier_list.v1"}},
         {.accepts = "list_identifiers_n_categories.v1", .emits = {"identifiers_n_categories.v1"}},
         {.accepts = "models.v1", .emits = {"model_list.v1"}},
         {.accepts = "rollback.v1", .emits = {"model_list.v1"}, .has_to_be_listed = true},
         {.accepts = "reset_model.v1", .emits = {"model_list.v1"}, .has_to_be_listed = true},
         {.accepts = "rollback_own.v1", .emits = {"model_list.v1"}},
         {.accepts = "reset_own.v1", .emits = {"model_list.v1"}},
         {.accepts = "forget.v1", .emits = {"forgotten.v1"}},
         {.accepts = "suggest.v1", .emits = {"rare_identifiers.v1"}},
         {.accepts = "rare_identifiers.v1",
          .emits = {"rare_identifiers.v1"},
          .has_to_be_listed = true},
         {.accepts = "offer.v1", .emits = {"granted.v1"}, .has_to_be_listed = true}},
    .params = {{.name = "model",
                .default_value = std::string(),
                .help = "folder of the pretrained model (required)"}},
    .writes = store::registry_writes())
