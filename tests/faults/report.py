"""What the matrix and the random kills have shown, as Markdown."""

PROMISES = """| Promise | Seen |
|---|---|
| An accepted job is never lost | 0 lost in {cells} cells and {kills} random kills |
| Exactly one end event per job | {cells} of {cells} cells, {jobs} of {jobs} jobs under random kills |
| At most one published version per job, none left over in the store | {cells} of {cells} cells |
| The result is bit-equal to the unbroken run | {cells} of {cells} cells, {jobs} of {jobs} jobs under random kills |
| The service answers the next request | {cells} of {cells} cells |
| From a kill, an exit or an exception to the answer | median {quick_median:.1f} s, at most {quick_most:.1f} s |
| From a hang to the answer | median {stop_median:.1f} s, at most {stop_most:.1f} s |
"""


def text_of(results, kills, seed, cells_s, kills_s):
    hit = [r for r in results if r[2]]
    wrong = [(cell, why) for cell, why, *_ in results if why]
    quick = sorted(s for cell, _, _, s in hit if cell.kind != "stop") or [0]
    stop = sorted(s for cell, _, _, s in hit if cell.kind == "stop") or [0]
    lines = [f"{len(hit)} cells in which the fault happened ({len(results)} tried, {cells_s:.0f} s), "
             f"{kills.kills} random kills ({kills_s:.0f} s, {kills.server_starts} of the gateway, {kills.jobs} jobs, "
             f"{kills.failures} of them lost three attempts, said so and were tried again). Seed {seed}. "
             f"{len(wrong) + len(kills.wrong)} wrong.", ""]
    if not wrong and not kills.wrong:
        lines.append(PROMISES.format(
            cells=len(hit), kills=kills.kills, jobs=kills.jobs,
            quick_median=quick[len(quick) // 2], quick_most=quick[-1],
            stop_median=stop[len(stop) // 2], stop_most=stop[-1]))
    lines += matrix(results)
    lines += [f"- WRONG {' '.join(map(str, cell))}: {why}" for cell, why in wrong]
    lines += [f"- WRONG under random kills: {why}" for why in kills.wrong]
    return "\n".join(lines) + "\n"


def matrix(results):
    """Cells that were right / cells, by point and by who failed how."""
    kinds = list(dict.fromkeys(cell.kind for cell, *_ in results))
    rows = list(dict.fromkeys((cell.process, cell.point) for cell, *_ in results))
    yield f"| Process | Point | {' | '.join(kinds)} |"
    yield "|---|---|" + "---|" * len(kinds)
    for process, point in rows:
        columns = []
        for kind in kinds:
            those = [r for r in results if (r[0].process, r[0].point, r[0].kind) == (process, point, kind)]
            came_by = [r for r in those if r[2]]
            good = sum(1 for r in came_by if not r[1])
            columns.append(f"{good}/{len(came_by)}" if came_by else "never" if those else "")
        yield f"| {process} | `{point}` | {' | '.join(columns)} |"
