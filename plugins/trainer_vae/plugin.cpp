#include "trainer_vae/trainer_vae.h"

SOUVENIR_PLUGIN(trainer_vae::TrainerVae, .name = "trainer_vae",
                .help = "Trains the autoencoder of a base model from random weights.",
                .handlers = fitting::handlers(), .params = fitting::params(), .gpu = true,
                .idempotent = false, .silence_ms = 60'000)
