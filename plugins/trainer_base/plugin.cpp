#include "trainer_base/trainer_base.h"

SOUVENIR_PLUGIN(trainer_base::TrainerBase, .name = "trainer_base",
                .help = "Trains text encoder and UNet of a base model on captioned pictures.",
                .handlers = fitting::handlers(), .params = trainer_base::params(), .gpu = true,
                .idempotent = false, .silence_ms = 60'000)
