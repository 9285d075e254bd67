#include "trainer/trainer.h"

SOUVENIR_PLUGIN(trainer::Trainer, .name = "trainer",
                .help = "Trains a UNet by DreamBooth with prior preservation, a step a message.",
                .handlers = trainer::handlers(), .calls = trainer::calls(),
                .params = trainer::params(), .gpu = true, .idempotent = false, .silence_ms = 7'500)
