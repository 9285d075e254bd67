#include "executor/plugin.h"

#include "storage/storage.h"
#include "store/layout.h"

// Each answers to a proof that the registry gave a job (transfer_service.h), and none is for
// whoever a route happens to be open to: a route names what it lets in, or takes nothing.
SOUVENIR_PLUGIN(
    storage::Storage, .name = "storage",
    .help = "seals new versions, and carries models and checkpoints between hosts",
    .handlers = {{.accepts = "trained.v1", .emits = {"stored.v1"}, .has_to_be_listed = true},
                 {.accepts = "granted.v1", .emits = {"held.v1"}, .has_to_be_listed = true},
                 {.accepts = "piece.v1", .emits = {"held.v1"}, .has_to_be_listed = true},
                 {.accepts = "same_disk.v1", .emits = {"same_disk.v1"}, .has_to_be_listed = true},
                 {.accepts = "manifest_of.v1", .emits = {"manifest.v1"}, .has_to_be_listed = true},
                 {.accepts = "piece_of.v1", .emits = {"piece.v1"}, .has_to_be_listed = true}},
    .silence_ms = storage::kSilence_ms,
    .writes = store::declared({store::store_folder, store::all_checkpoints}))
