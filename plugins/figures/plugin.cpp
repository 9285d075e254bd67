#include "figures/figures.h"
#include "figures/studio.h"

SOUVENIR_PLUGIN(figures::FiguresOf, .name = "figures", .help = "Measures how good a base model is.",
                .handlers = figures::handlers(), .calls = figures::studio_calls(),
                .params = figures::params(), .silence_ms = 60'000)
