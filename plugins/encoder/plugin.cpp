#include "encoder/encoder.h"
#include "parcels/carrier.h"

SOUVENIR_PLUGIN(encoder::Encoder, .name = "encoder",
                .help = "Encodes pictures with the VAE and prompts with the text encoder.",
                .handlers = encoder::handlers(), .calls = parcels::calls(),
                .params = encoder::params(), .gpu = true, .silence_ms = 7'500)
