#include "executor/plugin.h"

#include "storage/storage.h"
#include "store/layout.h"

SOUVENIR_PLUGIN(storage::Storage, .name = "storage",
                .help = "seals new versions, and carries models and checkpoints between hosts",
                .handlers = {{.accepts = "trained.v1", .emits = {"stored.v1"}},
                             {.accepts = "granted.v1", .emits = {"held.v1"}},
                             {.accepts = "piece.v1", .emits = {"held.v1"}},
                             {.accepts = "same_disk.v1", .emits = {"same_disk.v1"}},
                             {.accepts = "manifest_of.v1", .emits = {"manifest.v1"}},
                             {.accepts = "piece_of.v1", .emits = {"piece.v1"}}},
                .silence_ms = storage::kSilence_ms,
                .writes = store::declared({store::store_folder, store::all_checkpoints}))
