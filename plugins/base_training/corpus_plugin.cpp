#include "base_training/corpus.h"

SOUVENIR_PLUGIN(
    base_training::Corpus, .name = "corpus",
    .help = "Captioned pictures from a folder, in random variants for every training step.",
    .handlers = base_training::corpus_handlers(), .params = base_training::corpus_params())
