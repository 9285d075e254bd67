"""Reads `PROGRAM BENCH {figures}` lines; prints the medians' ratios, above 1 where Souvenir is better,
and the table of what is to be reached."""
import collections
import json
import statistics
import sys

# Key -> whether less is better.
COMPARED = {"p50_ms": True, "p99_ms": True, "streamed_req_s": False, "pss_MiB_total": True,
            "start_s": True, "s_per_step": True, "warm_s": True, "load_s": True, "rss_GiB": True,
            "whole_s": True}

# Work, bench, figure, peer, the least ratio, the most of the figure itself.
GOALS = [
    ("base model, N=2, 64 px, CPU: step", "train", "s_per_step", "diffusers-shipped", 1.6, None),
    ("the same, everything cached", "train", "s_per_step", "diffusers-cached", 1.3, None),
    ("SD 1.5 size, 256 px, N=1, CPU: step", "train-large", "s_per_step", "diffusers-cached", 1.5, None),
    ("the same: peak memory, GiB", "train-large", "rss_GiB", "diffusers-cached", 1.0, None),
    ("base model, 4 images, 20 steps: warm", "generate", "warm_s", "diffusers", 1.3, None),
    ("the same: exec to exit", "whole", "whole_s", "diffusers", 4.0, None),
    ("GPU, SD 1.5 size, 512 px, N=4: step", "gpu-train", "s_per_step", "diffusers-cached", 1.3, 0.075),
    ("the same, peer compiled", "gpu-train", "s_per_step", "diffusers-compiled", None, 0.075),
    ("GPU, 50 steps, 1 image", "gpu-generate", "warm_s", "diffusers", None, 0.57),
]


def read(lines):
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for line in lines:
        program, bench, text = line.split(maxsplit=2)
        if not text.startswith("{"):
            continue
        figures = json.loads(text)
        if bench == "whole" and "whole_s" not in figures:
            # The peer's clock starts after the interpreter, and stops before its libraries are closed.
            figures = {"whole_s": figures["load_s"] + figures["first_s"]}
        for key, value in figures.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                found[bench, program][key].append(value)
    return {who: {k: statistics.median(v) for k, v in figures.items()}
            for who, figures in found.items()}


def print_ratios(median):
    for (bench, program), peer in sorted(median.items()):
        mine = median.get((bench, "souvenir"))
        if program == "souvenir" or mine is None:
            continue
        for key, less in COMPARED.items():
            if peer.get(key) and mine.get(key):
                ratio = peer[key] / mine[key] if less else mine[key] / peer[key]
                print(f"{bench} {key}: souvenir {mine[key]:.4g}, {program} {peer[key]:.4g}, "
                      f"{ratio:.2f} times better")


def print_shares(median):
    for (bench, program), mine in sorted(median.items()):
        if program == "souvenir" and "peak_tflops" in mine:
            print(f"{bench}: {mine['tflops']:.3g} TFLOP/s, {mine['peak_share']:.0%} of the "
                  f"{mine['peak_tflops']:.3g} TFLOP/s of a plain matrix product")


def print_table(median):
    print("\n| work | souvenir | peer | ratio | wanted |\n|---|---|---|---|---|")
    for work, bench, key, program, least, most in GOALS:
        mine, peer = (median.get((bench, who), {}).get(key) for who in ("souvenir", program))
        wanted = [f"{least}x"] * (least is not None) + [f"at most {most}"] * (most is not None)
        missed = (mine and peer and least and peer / mine < least) or (mine and most and mine > most)
        cells = [f"{value:.4g}" if value else "not measured" for value in (mine, peer)]
        ratio = f"{peer / mine:.2f}" + " (missed)" * bool(missed) if mine and peer else ""
        print(f"| {work} | {' | '.join(cells)} | {ratio} | {' and '.join(wanted)} |")


def main():
    median = read(sys.stdin)
    ours = median.get(("transport", "souvenir"))
    if ours:
        print(f"transport: {ours['pss_MiB_total'] / ours['processes']:.2f} MiB (PSS) a process, "
              f"p50 {ours['p50_ms'] / ours['ring_p50_ms']:.2f} times that of the bare ring")
    print_ratios(median)
    print_shares(median)
    print_table(median)


if __name__ == "__main__":
    main()
