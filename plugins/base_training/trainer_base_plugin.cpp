#include "base_training/trainer_base.h"

SOUVENIR_PLUGIN(base_training::TrainerBase, .name = "trainer_base",
                .help = "Trains text encoder and UNet of a base model on captioned pictures.",
                .handlers = base_training::part_handlers(), .params = base_training::base_params(),
                .gpu = true, .idempotent = false, .silence_ms = 60'000)
