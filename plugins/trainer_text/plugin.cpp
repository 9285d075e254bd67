#include "trainer_text/trainer_text.h"

SOUVENIR_PLUGIN(trainer_text::TrainerText, .name = "trainer_text",
                .help = "Trains the text encoder of a base model from random weights.",
                .handlers = fitting::handlers(), .params = fitting::params(), .gpu = true,
                .idempotent = false, .silence_ms = 60'000)
