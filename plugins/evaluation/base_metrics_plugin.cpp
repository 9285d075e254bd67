#include "evaluation/base_metrics.h"
#include "evaluation/route_client.h"

SOUVENIR_PLUGIN(evaluation::BaseMetrics, .name = "base_metrics",
                .help = "Measures how good a base model is.",
                .handlers = evaluation::base_metrics_handlers(),
                .calls = evaluation::route_client_calls(),
                .params = evaluation::base_metrics_params(), .silence_ms = 60'000)
