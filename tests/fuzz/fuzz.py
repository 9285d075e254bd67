"""Runs every fuzz target for a while, from what lies in this repository as first inputs.

fuzz.py BIN CORPORA SECONDS REPORT [TARGET...]: finds the targets in BIN, keeps what each has learned in CORPORA.
As many run at once as there are cores. With targets named, the report's rows of the others stay.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

import reliability

SOURCE = reliability.SOURCE
MODEL = "examples/base-model"
SEEDS = {
    "fuzz_flow": ["flow/*.toml", "examples/*/*.toml"],
    "fuzz_model_config": [f"{MODEL}/*/*config.json", "tests/golden/case*/model/*/*config.json"],
    "fuzz_picture": ["examples/05_personalize/dog-a/00.png"],
    "fuzz_png_text": ["examples/05_personalize/dog-a/00.png"],
    "fuzz_plugin_table": [],
    "fuzz_tokenizer": [f"{MODEL}/categories.json", "README.md"],
}
MADE = {
    "fuzz_flow": ["flow = \"\u00e9\"\nx = \"\"\"\\\n \u3001\"\"\" # \u2028\n\u00e9 = 1\n"],
    "fuzz_lora": ['{"unet.lora_alpha": 3, "unet.alpha_pattern": {"a.attn1.to_q": 2}}\n'
                  "unet.a.attn1.to_q.lora_A.weight 43\nunet.a.attn1.to_q.lora_B.weight 24\n",
                  "\nlora_unet_a_attn1_to_q.lora_down.weight 43\nlora_unet_a_attn1_to_q.alpha \n",
                  "\nunet.a.attn1.processor.to_out_lora.up.weight 22\nx.dora_scale 2\n"],
    "fuzz_token": ['{"alg":"HS256","typ":"JWT"}\n{"iss":"issuer","aud":"audience","sub":"ann@example.org",'
                   '"exp":1800000600}'],
    "fuzz_zmtp": [b"\xff" + bytes(8) + b"\x7f\3\1" + name.ljust(20, b"\0") + bytes(32) + frame
                  for name, frame in ((b"NULL", b"\4\x1c\5READY\x0bSocket-Type\0\0\0\6DEALER"),
                                      (b"CURVE", b"\4\xc8\5HELLO\1\0" + bytes(192)),
                                      (b"NULL", b"\1\2ab\2" + bytes(7) + b"\3abc"))],
    "fuzz_access_files": ['{"users":["ann@example.org"],"admins":["example.org"]}',
                          '{"keys":[]}', "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7 client ann\n",
                          "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7 stage=trainer,sampler workers=4 gpu\n",
                          "public rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\n"
                          "secret D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs\n"],
    "fuzz_tokenizer_files": ['{"a":0,"a</w>":1,"<|startoftext|>":2,"<|endoftext|>":3}\0#version: 0.2\n'
                             'a a\n\0{"model_max_length":77}\0{"model":{"vocab":{"a":0},"merges":["a a"]}}'],
    "fuzz_plugin_table": ['{"abi":3,"name":"x","help":"","handlers":[{"accepts":"a.v1","emits":["b.v1"],'
                          '"stream":false}],"calls":[],"params":[],"gpu":false,"idempotent":true,'
                          '"batches":false,"silence_ms":1000}'],
}
LARGEST_BYTES = 20_000
ODD_PICTURES = SOURCE / "tests/plugins/shared/pictures"


def odd_pictures():
    corpus = (ODD_PICTURES / "corpus.bin").read_bytes()
    for entry in json.loads((ODD_PICTURES / "corpus.json").read_text(encoding="utf-8")):
        yield corpus[entry["at"]:entry["at"] + entry["size"]]


def make_corpus(target, folder):
    folder.mkdir(parents=True, exist_ok=True)
    seeds = [f.read_bytes() for pattern in SEEDS.get(target, []) for f in SOURCE.glob(pattern)]
    seeds += [text if isinstance(text, bytes) else text.encode() for text in MADE.get(target, [])]
    seeds += odd_pictures() if target == "fuzz_picture" else []
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number}").write_bytes(seed[:LARGEST_BYTES])


def run(target, corpora, seconds):
    """(executions, edges covered, exit code)"""
    folder = corpora / target.name
    make_corpus(target.name, folder)
    done = subprocess.run(
        [target, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
         f"-max_len={LARGEST_BYTES}", f"-artifact_prefix={folder}-", folder],
        capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        print(done.stderr[-4000:])
    executions = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    edges = re.findall(r" cov: (\d+)", done.stderr)
    return int(executions[1]) if executions else 0, int(edges[-1]) if edges else 0, done.returncode


def rows_of(report):
    """Those that the report has, by target."""
    text = report.read_text() if report.exists() else ""
    return {name: line for line, name in re.findall(r"^(\| `(fuzz_\w+)` \|.*)$", text, re.M)}


def main(bin_, corpora, seconds, report, *names):
    targets = sorted(f for f in pathlib.Path(bin_).glob("fuzz_*") if f.is_file() and (not names or f.name in names))
    report = pathlib.Path(report)
    rows, failed = rows_of(report) if names else {}, []
    pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
    results = pool.map(lambda target: run(target, pathlib.Path(corpora), seconds), targets)
    for target, (executions, edges, code) in zip(targets, results):
        verdict = "clean" if code == 0 else "FOUND ONE"
        rows[target.name] = f"| `{target.name}` | {reliability.commit()} | {executions:,} | {edges} | {verdict} |"
        failed += [target.name] if code != 0 else []
        print(rows[target.name], flush=True)
    text = (f"{len(rows)} targets, {seconds} s each, {os.cpu_count()} at once, AddressSanitizer and UndefinedBehaviorSanitizer.\n\n"
            "| Target | Commit | Inputs | Edges | |\n|---|---|---|---|---|\n" + "\n".join(rows[name] for name in sorted(rows)) + "\n")
    reliability.write(report, "fuzz", text)
    return 1 if failed or not targets else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
