#include "trainer_judge/trainer_judge.h"

SOUVENIR_PLUGIN(trainer_judge::TrainerJudge, .name = "trainer_judge",
                .help = "Trains the network that judges pictures, from random weights.",
                .handlers = fitting::handlers(), .params = fitting::params(), .gpu = true,
                .idempotent = false, .silence_ms = 60'000)
