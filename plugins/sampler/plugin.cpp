#include "executor/plugin.h"

#include "sampler/sampler.h"
#include "schemas/strategies.h"
#include "schemas/train_options.h"
#include "store/layout.h"

SOUVENIR_PLUGIN(
    sampler::Sampler, .name = "sampler",
    .help = "draws category pictures and the batches of every training step",
    .handlers = {{.accepts = "encoded.v1", .emits = {"training.v1", "batch.v1"}, .stream = true}},
    .calls = sampler::calls(),
    .params = {{.name = "model",
                .default_value = std::string(),
                .help = "folder of the pretrained model (required)"},
               {.name = "train_batch_size",
                .default_value = std::int64_t{2},
                .help = "N: instance pictures in a batch, with as many category pictures",
                .min = 1,
                .max = schemas::kMaxTrainBatchSize},
               {.name = "strategy",
                .default_value = std::string(schemas::kDefaultStrategy),
                .help = "how a metamodel keeps what it knows: " + schemas::list_of_strategies()},
               {.name = "general_prior",
                .default_value = 0.25,
                .help = "of the prior rows, the part that strategy general gives to other words",
                .min = 0,
                .max = sampler::kMaxGeneralPrior},
               {.name = "prior_batch",
                .default_value = std::int64_t{8},
                .help = "category pictures that are asked for at once",
                .min = 1,
                .max = sampler::kMaxPriorBatch},
               {.name = "num_train_timesteps",
                .default_value = std::int64_t{1000},
                .help = "of the noise schedule",
                .min = 1,
                .max = sampler::kMaxTimesteps}},
    .reads = store::declared({store::store_folder}),
    .writes = store::declared({store::all_staged, store::all_replays, store::all_probes,
                               store::cache_folder, store::converted_models}))
