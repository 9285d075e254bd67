#include "store/layout.h"
#include "trainer/trainer.h"

SOUVENIR_PLUGIN(trainer::Trainer, .name = "trainer",
                .help = "Trains a UNet by DreamBooth with prior preservation, a step a message.",
                .handlers = trainer::handlers(), .calls = trainer::calls(),
                .params = trainer::params(), .gpu = true, .idempotent = false, .silence_ms = 7'500,
                .reads = {store::declared::kStore},
                .writes = {store::declared::kStaged, store::declared::kReplays,
                           store::declared::kProbes, store::declared::kCheckpoints,
                           store::declared::kCache, store::declared::kConverted})
