#include "base_training/trainer_judge.h"

SOUVENIR_PLUGIN(base_training::TrainerJudge, .name = "trainer_judge",
                .help = "Trains the network that judges pictures, from random weights.",
                .handlers = base_training::part_handlers(), .params = base_training::part_params(),
                .gpu = true, .idempotent = false, .silence_ms = 60'000)
