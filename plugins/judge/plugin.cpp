#include "judge/picture_judge.h"

SOUVENIR_PLUGIN(judge::Judge, .name = "judge",
                .help = "Embeds pictures and names what they show, to measure models by.",
                .handlers = judge::handlers(), .params = judge::params(), .gpu = true,
                .silence_ms = 60'000)
