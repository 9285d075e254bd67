"""Which process fails, where, at which time that it comes by, and how."""
import collections

Cell = collections.namedtuple("Cell", "process point count kind")

# The flow that the faults happen in, but for SOUVENIR_FAULT of the one that fails. Registry,
# storage and sampler are the shipped ones; encoder, generator and trainer do the same without a network.
STAGES = {"registry": "registry", "encoder": "toy_model", "generator": "toy_model",
          "sampler": "sampler", "trainer": "toy_trainer", "storage": "storage"}
FLOW = """
flow = "faults"
[gateway]
beat = "100ms"
lease = "1s"
[route]
"/finetune" = {{ path = "registry > encoder > sampler > trainer > storage > registry", accepts = ["finetune.v1"], serial = ["target_model"], durable = true }}
"/prior" = {{ path = "encoder > generator", accepts = ["prior.v1"] }}
"/store" = {{ path = "storage", accepts = ["same_disk.v1", "manifest_of.v1", "piece_of.v1", "piece.v1"] }}
"/offer" = {{ path = "registry > storage", accepts = ["offer.v1"] }}
"""
EXECUTOR = """
[[executor]]
name = "{name}"
run = "{run}"
ready = "5s"
restart = {{ n = 1000, within = "10ms", wait = "20ms" }}
with = {{ {parameters} }}
env = {{ {env} }}
"""

KINDS = ("kill", "exit", "stop", "throw")
GATEWAY = ("gateway.request", "gateway.append", "journal.commit", "journal.committed",
           "gateway.perform", "gateway.deliver", "gateway.emit", "gateway.progress", "gateway.end",
           "gateway.answered")
STAGE = ("stage.hello", "stage.construct", "stage.ready", "stage.work", "stage.emit",
         "stage.emitted", "stage.finished", "stage.ended")
OWN = {"registry": ("registry.book", "registry.booked", "publish.renamed", "publish.moved",
                    "publish.commit", "publish.committed"),
       "storage": ("publish.begin", "publish.flushed"),
       "sampler": ("stage.called",),
       "trainer": ("train.step", "checkpoint.begin", "checkpoint.written", "version.half_written",
                   "version.written")}
# The disk has no room, or refuses to flush, at this moment.
DISK = {"gateway": ("journal.commit",),
        "registry": ("registry.book", "publish.renamed", "publish.commit", "publish.committed"),
        "storage": ("publish.begin", "publish.flushed"),
        "trainer": ("checkpoint.begin", "checkpoint.written", "version.begin", "version.half_written")}
# With the trainer on a disk of its own: checkpoints are mirrored, and the version is sent.
ELSEWHERE = {"storage": ("transfer.place", "transfer.placed"),
             "trainer": ("transfer.send", "checkpoint.mirrored", "version.delivered", "transfer.bring")}
BRINGS = "transfer.bring"  # a mirrored checkpoint, after the trainer's disk was lost: once a job
MIRROR = 4
# Points that one job comes by more than once: the later times are other moments of its life.
OFTEN = {"gateway.append": (2, 4), "journal.commit": (2, 3), "journal.committed": (2, 3),
         "gateway.perform": (3, 6), "gateway.deliver": (3, 9, 18), "gateway.emit": (4, 12, 17),
         "gateway.progress": (3, 9, 14)}
OFTEN_IN = {("sampler", "stage.emit"): (4, 13), ("sampler", "stage.emitted"): (2, 9),
            ("trainer", "stage.work"): (2, 7, 13), ("trainer", "stage.finished"): (3, 11),
            ("trainer", "train.step"): (4, 5, 12), ("trainer", "checkpoint.begin"): (2,),
            ("trainer", "checkpoint.written"): (2,), ("registry", "stage.work"): (2,),
            ("registry", "stage.emit"): (2,), ("registry", "stage.finished"): (2,),
            ("storage", "stage.work"): (2, 3), ("storage", "stage.emit"): (3,),
            ("storage", "stage.finished"): (2, 3)}


def all_cells():
    for point in GATEWAY:
        for kind in KINDS:
            yield Cell("gateway", point, 1, kind)
        for count in OFTEN.get(point, ()):
            for kind in ("kill", "stop"):
                yield Cell("gateway", point, count, kind)
    for stage in STAGES:
        for point in STAGE + OWN.get(stage, ()):
            for kind in KINDS:
                yield Cell(stage, point, 1, kind)
            for count in OFTEN_IN.get((stage, point), ()):
                yield Cell(stage, point, count, "kill")
    for process, points in DISK.items():
        for point in points:
            yield Cell(process, point, 1, "disk")
            for count in OFTEN.get(point, ()) + OFTEN_IN.get((process, point), ()):
                yield Cell(process, point, count, "disk")
    for process, points in ELSEWHERE.items():
        for point in points:
            for kind in (*KINDS, "disk"):
                yield Cell(process, point, 1, kind)
            for count in (2, 3) if point != BRINGS else ():
                yield Cell(process, point, count, "kill")


def flow_text(process="", fault="", step_ms=0, trainers_home=None):
    """`trainers_home`: the trainer's disk, when it is not that of the others."""
    from program import SOURCE
    text = FLOW.format()
    training = f"step_ms = {step_ms}" + (f", mirror = {MIRROR}" if trainers_home else "")
    for name, run in STAGES.items():
        parameters = {"trainer": training, "encoder": "", "generator": "", "storage": ""}.get(
            name, f'model = "{SOURCE}/examples/base-model"')
        env = [f'SOUVENIR_FAULT = "{fault}"'] if name == process else []
        env += [f'SOUVENIR_HOME = "{trainers_home}"'] if name == "trainer" and trainers_home else []
        text += EXECUTOR.format(name=name, run=run, parameters=parameters, env=", ".join(env))
    return text


def is_elsewhere(cell):
    return cell.point in ELSEWHERE.get(cell.process, ())
