#include "generator/generator.h"

SOUVENIR_PLUGIN(generator::Generator, .name = "generator",
                .help = "Draws pictures from embedded prompts, with any version of the model.",
                .handlers = generator::handlers(), .params = generator::params(), .gpu = true,
                .silence_ms = 60'000)
