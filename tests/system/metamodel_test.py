"""The shared metamodel learns one thing after another through the real processes, and keeps them all.

SOUVENIR_CONCURRENT says how many requests come at once (default 16).
"""
import json
import os
import pathlib
import unittest

import program

PICTURES = program.SOURCE / "examples/05_personalize/dog-a"
CONCURRENT = int(os.environ.get("SOUVENIR_CONCURRENT", 16))
JOBS_PER_USER = 4  # flow/flow.h: jobs_per_user
FEW = ["--max-train-steps", 4, "--train-batch-size", 1,
       "--num-class-images", 1, "--checkpointing-steps", 2, "--seed", 5, "--json"]


def quick_model():
    """The base model, which draws in 2 steps here: what the pictures show does not matter."""
    folder = program.copy_of_base_model()
    advice = json.loads((folder / "souvenir.json").read_text())
    (folder / "souvenir.json").write_text(json.dumps({**advice, "num_inference_steps": 2}))
    return folder


class Metamodel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = program.Server(env={"SOUVENIR_MODEL": str(quick_model()), "USER": "ann"})
        cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None)

    def as_owner(self, owner):
        self.server.env["USER"] = owner
        return self.server

    def learn(self, owner, category, target="meta"):
        done = self.as_owner(owner).run("finetune", PICTURES, "--category", category,
                                        "--target-model", target, *FEW, timeout=600)
        self.assertEqual(done.code, 0, done)
        return done.json()

    def things(self, owner):
        listed = self.as_owner(owner).run("identifiers", "--target-model", "meta", "--json").json()
        return {thing["identifier"]: thing for thing in listed["identifiers"]}

    def versions(self):
        return self.answer("/models", "models.v1", {"target_model": "meta"})["versions"]

    def answer(self, endpoint, type_, body, *options, **more):
        """The body of the one answer."""
        done = self.server.call(endpoint, type_, body, *options, **more)
        self.assertEqual(done.code, 0, done)
        return done.json()["answers"][0]["body"]

    def draws(self, owner, prompt):
        drawn = self.as_owner(owner).run("generate", prompt, "--target-model", "meta", "--seed", 1,
                                         "--json", timeout=600)
        self.assertEqual(drawn.code, 0, drawn)
        return pathlib.Path(drawn.json()["images"][0]).read_bytes()

    def check_things(self, taught):
        """Each is listed for everybody, drawn by the current version, and that loads."""
        for owner in ("ann", "eve"):
            things = self.things(owner)
            for result in taught:
                thing = things[result["identifier"]]
                self.assertEqual(thing["category"], result["category"])
                self.assertTrue((pathlib.Path(thing["model"]) / "model_index.json").is_file(), thing)
        for result in taught:
            picture = self.draws("eve", f"a {result['identifier']} {result['category']}")
            self.assertTrue(picture.startswith(b"\x89PNG"))

    def test_1_things_learned_one_after_another_are_all_kept(self):
        taught = []
        for owner, category in (("ann", "dog"), ("bob", "cat"), ("ann", "dog")):
            taught.append(self.learn(owner, category))
            self.check_things(taught)
        self.assertEqual(len({result["identifier"] for result in taught}), 3)
        for place, result in enumerate(taught):  # the retention of what was learned earlier
            self.assertEqual([thing["identifier"] for thing in result["retention"]],
                             [earlier["identifier"] for earlier in taught[:place]])
            for thing in result["retention"]:
                self.assertGreater(min(thing[when] for when in ("before", "just", "now")), 0)
        versions = self.versions()
        self.assertEqual([v["base"] for v in versions],
                         ["pretrained", taught[0]["version"], taught[1]["version"]])
        self.assertEqual([bool(v["model"]) for v in versions], [False, True, True])
        self.assertEqual([v["current"] for v in versions], [False, False, True])
        self.assertFalse(pathlib.Path(taught[0]["model"]).exists())
        for result in taught[1:]:
            self.assertTrue((pathlib.Path(result["model"]) / "unet").is_dir())
        memories = self.server.home / "store" / "replay"
        self.assertEqual({m.name for m in memories.iterdir()}, {r["version"] for r in taught})

    def test_2_requests_at_once_end_with_identifiers_of_their_own(self):
        before = self.things("eve")
        callers = []
        for i in range(CONCURRENT):
            server = self.as_owner(f"user-{i // JOBS_PER_USER}")
            callers.append(server.start("finetune", PICTURES, "--category", "dog",
                                        "--target-model", "meta", *FEW))
        results = []
        for caller in callers:
            out, err = caller.communicate(timeout=900)
            self.assertEqual(caller.returncode, 0, out + err)
            results.append(json.loads(out.strip().splitlines()[-1]))
        self.assertEqual(len({r["identifier"] for r in results} | set(before)),
                         CONCURRENT + len(before))
        self.assertEqual(set(self.things("eve")), {r["identifier"] for r in results} | set(before))
        bases = [v["base"] for v in self.versions()]
        self.assertEqual(len(set(bases)), len(bases))  # each trained on from the one before it
        names = [r["identifier"] for r in results]
        self.draws("eve", f"a {names[0]} dog with a {names[-1]} dog")

    def test_3_a_rollback_takes_back_the_last_thing_alone(self):
        before = self.versions()
        self.as_owner("ann")
        left = self.answer("/admin/rollback_model", "rollback.v1", {"target_model": "meta"})
        self.assertEqual([v["version"] for v in left["versions"]], [v["version"] for v in before[:-1]])
        self.assertNotIn(before[-1]["identifier"], self.things("ann"))
        self.draws("ann", f"a {before[-2]['identifier']} {before[-2]['category']}")

    def test_4_a_thing_is_removed_and_who_has_seen_it_named(self):
        thing = next(v for v in self.versions() if v["owner"] == "ann")["identifier"]
        self.as_owner("bob")
        theirs = self.server.call("/forget", "forget.v1", {"identifier": thing})
        self.assertEqual(theirs.code, 4, theirs)
        self.as_owner("ann")
        gone = self.answer("/forget", "forget.v1", {"identifier": thing})
        self.assertIn(self.versions()[-1]["version"], gone["seen_by"])
        self.assertNotIn(thing, self.things("ann"))

    def test_4b_the_metamodel_is_trained_anew_without_it(self):
        things, before = self.things("ann"), self.versions()
        done = self.as_owner("ann").run("models", "retrain", "--target-model", "meta", "--max-train-steps", 4,
                                        "--seed", 5, "--json", timeout=600)
        self.assertEqual(done.code, 0, done)
        new = done.json()
        self.assertEqual({thing["identifier"] for thing in new["retention"]}, set(things))
        self.assertEqual({t["version"] for t in self.things("ann").values()}, {new["version"]})
        self.assertTrue((pathlib.Path(new["model"]) / "model_index.json").is_file())
        versions = self.versions()
        self.assertEqual([v["version"] for v in versions[:-1]], [v["version"] for v in before])
        self.assertEqual([bool(v["model"]) for v in versions], [False] * len(before) + [True])
        self.assertEqual(versions[-1]["base"], "pretrained")
        name, thing = next(iter(things.items()))
        self.draws("eve", f"a {name} {thing['category']}")
        self.assertEqual(self.learn("ann", "cat")["target_model"], "meta")  # it goes on learning
        self.assertEqual(self.versions()[-1]["base"], new["version"])
        left = self.answer("/admin/rollback_model", "rollback.v1", {"target_model": "meta"})["versions"]
        self.assertEqual(left[-1]["version"], new["version"])

    def test_5_a_private_metamodel_is_its_owners_own(self):
        first = self.learn("ann", "dog", "private_meta")
        self.learn("ann", "cat", "private_meta")
        listed = self.as_owner("ann").run("identifiers", "--target-model", "private_meta", "--json")
        self.assertEqual(len(listed.json()["identifiers"]), 2)
        theirs = self.as_owner("bob").run("identifiers", "--target-model", "private_meta", "--json")
        self.assertEqual(theirs.json()["identifiers"], [])
        prompt = f"a {first['identifier']} dog"
        drawn = self.server.run("generate", prompt, "--identifier", first["identifier"], "--json")
        self.assertEqual(drawn.code, 4, drawn)  # bob knows no such thing

    def test_5b_of_a_damaged_version_the_one_before_it_draws_the_next_picture(self):
        self.as_owner("ann")
        first, second = self.answer("/models", "models.v1", {"target_model": "private_meta"})["versions"]
        weights = pathlib.Path(second["model"]) / "unet" / "diffusion_pytorch_model.safetensors"
        content = bytearray(weights.read_bytes())
        content[-1] ^= 1
        weights.write_bytes(content)
        ask = ["generate", f"a {first['identifier']} dog", "--target-model", "private_meta", "--json"]
        refused = self.server.run(*ask, timeout=600)
        self.assertNotEqual(refused.code, 0, refused)
        self.assertIn(f"version {second['version']} is damaged", refused.error()["cause"])
        drawn = self.server.run(*ask, timeout=600)
        self.assertEqual(drawn.code, 0, drawn)
        listed = self.answer("/models", "models.v1", {"target_model": "private_meta"})["versions"]
        self.assertEqual([v["current"] for v in listed], [True, False])
        self.assertEqual([v["damaged"] for v in listed], [False, True])

    def test_6_every_strategy_trains_and_a_reset_begins_anew(self):
        self.as_owner("ann")
        files = [part for picture in sorted(PICTURES.glob("*.png"))[:3] for part in ("--file", picture)]
        for strategy in ("general", "adaptive", "interpolation", "distillation", "prototype", "dreambooth", "plain"):
            body = {"category": "dog", "target_model": "meta", "max_train_steps": 2,
                    "num_class_images": 1, "train_batch_size": 1, "strategy": strategy}
            self.answer("/finetune", "finetune.v1", body, *files, timeout=600)
        left = self.answer("/admin/reset_model", "reset_model.v1", {"target_model": "meta"})
        self.assertEqual(self.things("eve"), {})
        store = self.server.home / "store"
        kept = {v["version"] for v in left["versions"]}  # of private_meta
        self.assertEqual({p.name for p in (store / "versions").iterdir()}, kept)
        self.assertEqual({p.name for p in (store / "replay").iterdir()}, kept)
        self.assertEqual(list((store / "staging").iterdir()), [])

    def test_7_the_prototypes_endpoints_answer(self):
        self.as_owner("ann")
        listed = self.answer("/list_identifiers_n_categories", "list_identifiers_n_categories.v1", {})
        self.assertEqual(set(listed), {"private", "private_meta", "meta"})
        self.assertIsNone(listed["meta"])
        words = self.answer("/update_rare_identifiers", "rare_identifiers.v1",
                            {"rare_identifiers": ["xks", "zws"]})
        self.assertEqual(words["rare_identifiers"], ["xks", "zws"])
        suggested = self.answer("/suggest", "suggest.v1", {"category": "dog", "count": 1})
        self.assertEqual(suggested["rare_identifiers"], ["xks"])
        self.answer("/admin/reset_model", "reset_model.v1", {"target_model": "private_meta"})


if __name__ == "__main__":
    unittest.main()
