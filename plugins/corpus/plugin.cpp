#include "corpus/corpus.h"

SOUVENIR_PLUGIN(corpus::Corpus, .name = "corpus",
                .help = "Captioned pictures from a folder, drawn anew for every training step.",
                .handlers = corpus::handlers(), .params = corpus::params())
