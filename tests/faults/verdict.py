"""What must hold for every job, whatever died meanwhile."""
import dataclasses
import time

import service


@dataclasses.dataclass
class Verdict:
    """Of one job: what was wrong ("" = nothing), and what it went through."""
    wrong: str = ""
    answered_at: float = 0
    failures: int = 0  # jobs that ended as failed, told so, and were asked for again


def judge(server, owner, expected, may_fail, tries=8):
    """Fine-tunes once, and holds the outcome against the promises: the job is answered, ends exactly
    once, publishes exactly one version, and the bytes are those of the unbroken run. A job that may
    fail (an exception in a stage, three attempts lost) ends as failed, publishes nothing, and is
    tried again."""
    verdict = Verdict()
    answer = server.finetune(owner)
    for _ in range(tries):
        job = answer.get("job") or answer.get("error", {}).get("job")
        if not job:
            verdict.wrong = f"lost: {answer}"
            break
        ends = server.ends_of(job, owner)
        if "error" not in answer:
            verdict.wrong = wrong_with(server, answer, job, ends, expected)
            break
        code = answer["error"]["code"]
        if code not in may_fail or ends != ["failed"] or server.published(job):
            verdict.wrong = f"ends {ends}, {len(server.published(job))} versions: {answer}"
            break
        verdict.failures += 1
        answer = server.retry(job, owner)
    else:
        verdict.wrong = f"not done in {tries} tries: {answer}"
    verdict.answered_at = time.time()
    return verdict


def wrong_with(server, answer, job, ends, expected):
    if ends != ["done"]:
        return f"end events of {job}: {ends}"
    if server.published(job) != {answer["version"]}:
        return f"{job} published {server.published(job)}, and answered {answer['version']}"
    if expected is not None and service.digest(answer["model"]) != expected:
        return f"{job} is not bit-equal to the unbroken run"
    return ""


def wait_until_tidy(server, patience_s=20):
    """What is left over once stages have heard of every end; "" = nothing."""
    end = time.monotonic() + patience_s
    while server.left_over() and time.monotonic() < end:
        time.sleep(0.05)  # between two looks
    return f"left over: {server.left_over()}" if server.left_over() else ""
