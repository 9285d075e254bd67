#include "store/layout.h"
#include "trainer/trainer.h"

SOUVENIR_PLUGIN(trainer::Trainer, .name = "trainer",
                .help = "Trains a UNet by DreamBooth with prior preservation, a step a message.",
                .handlers = trainer::handlers(), .calls = trainer::calls(),
                .params = trainer::params(), .gpu = true, .idempotent = false, .silence_ms = 7'500,
                .reads = store::declared({store::store_folder}),
                .writes = store::declared({store::all_staged, store::all_replays, store::all_probes,
                                           store::all_checkpoints, store::cache_folder,
                                           store::converted_models, store::removed_checkpoints}))
