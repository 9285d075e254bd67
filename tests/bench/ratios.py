"""Reads `PROGRAM BENCH {figures}` lines; prints the medians' ratios, above 1 where Souvenir is better."""
import collections
import json
import statistics
import sys

# Key -> whether less is better.
COMPARED = {"p50_ms": True, "p99_ms": True, "streamed_req_s": False, "pss_MiB_total": True,
            "start_s": True, "s_per_step": True, "warm_s": True, "load_s": True, "rss_GiB": True}

found = collections.defaultdict(lambda: collections.defaultdict(list))
for line in sys.stdin:
    program, bench, text = line.split(maxsplit=2)
    if text.startswith("{"):
        for key, value in json.loads(text).items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                found[bench, program][key].append(value)
median = {who: {k: statistics.median(v) for k, v in figures.items()} for who, figures in found.items()}

ours = median.get(("transport", "souvenir"))
if ours:
    print(f"transport: {ours['pss_MiB_total'] / ours['processes']:.2f} MiB (PSS) a process, "
          f"p50 {ours['p50_ms'] / ours['ring_p50_ms']:.2f} times that of the bare ring")
for (bench, program), peer in sorted(median.items()):
    if program == "souvenir" or (bench, "souvenir") not in median:
        continue
    mine = median[bench, "souvenir"]
    for key, less in COMPARED.items():
        if peer.get(key) and mine.get(key):
            ratio = peer[key] / mine[key] if less else mine[key] / peer[key]
            print(f"{bench} {key}: souvenir {mine[key]:.4g}, {program} {peer[key]:.4g}, "
                  f"{ratio:.2f} times better")
