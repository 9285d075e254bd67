#include "encoder/encoder.h"
#include "store/layout.h"
#include "store/transfer_client.h"

SOUVENIR_PLUGIN(encoder::Encoder, .name = "encoder",
                .help = "Encodes pictures with the VAE and prompts with the text encoder.",
                .handlers = encoder::handlers(), .calls = store::calls(),
                .params = encoder::params(), .gpu = true, .silence_ms = 7'500,
                .reads = store::declared({store::store_folder}),
                .writes = store::declared({store::all_probes, store::cache_folder,
                                           store::converted_models}))
