#include "evaluation/forgetting.h"
#include "store/layout.h"

SOUVENIR_PLUGIN(evaluation::Forgetting, .name = "forgetting",
                .help = "Measures how well a metamodel keeps what it learns.",
                .handlers = evaluation::forgetting_handlers(),
                .calls = evaluation::forgetting_calls(), .params = evaluation::forgetting_params(),
                .gpu = true, .silence_ms = 120'000,
                .reads = store::declared({store::store_folder, store::cache_folder}),
                .writes = store::declared({store::converted_models}))
