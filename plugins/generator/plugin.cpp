#include "generator/generator.h"
#include "store/layout.h"
#include "store/transfer_client.h"

SOUVENIR_PLUGIN(generator::Generator, .name = "generator",
                .help = "Draws pictures from embedded prompts, with any version of the model.",
                .handlers = generator::handlers(), .calls = store::calls(),
                .params = generator::params(), .gpu = true, .silence_ms = 7'500,
                .reads = store::declared({store::store_folder}),
                .writes = store::declared({store::all_probes, store::cache_folder,
                                           store::converted_models}))
