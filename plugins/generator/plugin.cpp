#include "generator/generator.h"
#include "parcels/carrier.h"

SOUVENIR_PLUGIN(generator::Generator, .name = "generator",
                .help = "Draws pictures from embedded prompts, with any version of the model.",
                .handlers = generator::handlers(), .calls = parcels::calls(),
                .params = generator::params(), .gpu = true, .silence_ms = 7'500)
