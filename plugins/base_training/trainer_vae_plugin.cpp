#include "base_training/trainer_vae.h"

SOUVENIR_PLUGIN(base_training::TrainerVae, .name = "trainer_vae",
                .help = "Trains the autoencoder of a base model from random weights.",
                .handlers = base_training::part_handlers(), .params = base_training::part_params(),
                .gpu = true, .idempotent = false, .silence_ms = 60'000)
