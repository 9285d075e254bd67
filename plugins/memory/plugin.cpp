#include "memory/memory.h"

SOUVENIR_PLUGIN(memory::Memory, .name = "memory",
                .help = "Measures how well a metamodel keeps what it learns.",
                .handlers = memory::handlers(), .calls = memory::calls(),
                .params = memory::params(), .gpu = true, .silence_ms = 120'000)
