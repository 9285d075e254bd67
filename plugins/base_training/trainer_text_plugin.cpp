#include "base_training/trainer_text.h"

SOUVENIR_PLUGIN(base_training::TrainerText, .name = "trainer_text",
                .help = "Trains the text encoder of a base model from random weights.",
                .handlers = base_training::part_handlers(), .params = base_training::part_params(),
                .gpu = true, .idempotent = false, .silence_ms = 60'000)
