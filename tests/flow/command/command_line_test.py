"""The program as a user types it: exit codes, --json, up and down, call, the transport bench."""
import json
import pathlib
import signal
import subprocess
import unittest

import program

PICTURES = sorted((program.SOURCE / "examples/05_personalize/dog-a").glob("*.png"))
FLOW = """
flow = "echo"
[route]
"/echo" = "first > second"
[[executor]]
name = "first"
run = "pass"
[[executor]]
name = "second"
run = "pass"
"""


def flow_file(text=FLOW):
    file = pathlib.Path(program.new_folder()) / "flow.toml"
    file.write_text(text)
    return file


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.home = program.new_folder()

    def run_it(self, *arguments, **options):
        return program.run(*arguments, home=self.home, **options)

    def test_an_unknown_option_is_a_usage_error_with_a_hint(self):
        result = self.run_it("generate", "--no-such-option", "--json")
        self.assertEqual(result.code, 2, result)
        self.assertEqual(result.error()["code"], "bad_input")
        self.assertIn("souvenir generate --help", result.error()["hint"])

    def test_help_and_version_end_well(self):
        self.assertEqual(self.run_it("--help").code, 0)
        self.assertEqual(self.run_it("finetune", "--help").code, 0)
        self.assertEqual(self.run_it("version", "--json").json()["protocol"], 1)
        self.assertRegex(self.run_it("--version").out, r"^souvenir \S+ \(protocol 1, plugin abi \d+, ")

    def test_a_flow_file_that_is_missing_is_told_in_one_way(self):
        missing = pathlib.Path(self.home) / "nowhere.toml"
        chosen = {"SOUVENIR_FLOW": str(missing)}
        for command, env in ((["up", missing], {}), (["up", "--foreground", missing], {}), (["check", missing], {}),
                             (["plan", missing], {}), (["graph", missing], {}), (["check"], chosen), (["up"], chosen),
                             (["identifiers"], chosen)):
            result = self.run_it(*command, env=env)
            self.assertIn(f"there is no flow file {missing}", result.err, (command, result))
            self.assertEqual(result.code, 4, (command, result))

    def test_a_misspelt_option_is_told_before_the_one_that_it_stands_for(self):
        result = self.run_it("finetune", "pictures", "--categry", "dog", "--json")
        self.assertEqual(result.code, 2, result)
        self.assertIn("'--categry' (did you mean '--category'?)", result.error()["cause"])

    def test_output_that_cannot_be_written_is_a_failure(self):
        for arguments in (["version"], ["version", "--json"], ["describe", "pass"]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([program.PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 1, (arguments, done.stderr))
            self.assertIn("output could not be written", done.stderr)

    def test_what_is_no_address_of_a_server_is_said_before_anyone_connects(self):
        for server in ("http://x", "tcp://127.0.0.1", "tcp://127.0.0.1:65536", "ipc://", "foo"):
            for command in (["status"], ["down"], ["jobs", "list"], ["call", "/echo", "--type", "text.v1"]):
                result = self.run_it(*command, "--server", server, "--json")
                self.assertEqual(result.code, 3, (command, result))
                self.assertIn(server, result.error()["cause"])
                self.assertIn("write ", result.error()["hint"])

    def test_a_home_whose_socket_path_is_too_long_is_named(self):
        self.home = pathlib.Path(self.home) / ("x" * 150)
        for command in (["status"], ["down"], ["jobs", "list"], ["call", "/echo", "--type", "text.v1"]):
            result = self.run_it(*command, "--json")
            self.assertEqual(result.code, 3, (command, result))
            self.assertIn("at most 107", result.error()["cause"])
            self.assertIn("SOUVENIR_HOME", result.error()["hint"])

    def test_without_a_server_status_is_unreachable(self):
        result = self.run_it("status", "--json")
        self.assertEqual(result.code, 6, result)
        self.assertIn("souvenir up", result.error()["hint"])

    def test_check_prints_routes_with_types_and_refuses_with_the_place(self):
        result = self.run_it("check", flow_file(), "--json")
        self.assertEqual(result.code, 0, result)
        route = result.json()["routes"][0]
        self.assertEqual(route["path"], ["first", "second"])
        self.assertEqual((route["accepts"], route["answers"]), (["text.v1"], ["text.v1"]))
        wrong = self.run_it("check", flow_file(FLOW.replace("> second", "> secnd")), "--json")
        self.assertEqual(wrong.code, 3, wrong)
        self.assertRegex(wrong.error()["cause"], r"flow\.toml:\d+:\d+: .*second")

    def test_describe_tells_what_a_plugin_takes(self):
        result = self.run_it("describe", "pass", "--json")
        self.assertEqual(result.json()["handlers"][0]["accepts"], "text.v1")
        self.assertIn("accepts text.v1", self.run_it("describe", "pass").out)
        self.assertEqual(self.run_it("describe", "no-such-plugin").code, 3)

    def test_up_call_status_down(self):
        file = flow_file()
        up = self.run_it("up", file, "--json")
        self.assertEqual(up.code, 0, up)
        try:
            self.assertTrue(up.json()["started"])
            self.assertFalse(self.run_it("up", file, "--json").json()["started"])
            other = self.run_it("up", flow_file(), "--json")
            self.assertEqual((other.code, other.error()["code"]), (2, "exists"), other)
            self.assertIn(str(file), other.error()["cause"])
            self.assertIn("souvenir down", other.error()["hint"])
            status = self.run_it("status", "--json").json()
            self.assertTrue(status["ready"])
            self.assertEqual(len(status["stages"]), 2)
            called = self.run_it("call", "/echo", "--type", "text.v1", "--json-body",
                                 '{"text": "hello"}', "--file", file, "--json")
            answer = called.json()["answers"][0]
            self.assertEqual(answer["body"], {"text": "hello"})
            self.assertEqual(answer["blobs"][0]["bytes"], file.stat().st_size)
        finally:
            down = self.run_it("down", "--json")
        self.assertEqual(down.code, 0, down)
        self.assertEqual(program.processes_of(self.home), [])
        self.assertEqual(program.sockets_in(self.home), [])

    def test_blobs_of_an_answer_are_saved_and_nothing_is_written_over(self):
        file = flow_file()
        with program.Server(file) as server:
            folder = pathlib.Path(program.new_folder()) / "out"
            call = ("/echo", "text.v1", {"text": "x"}, "--file", file, "--output-dir", folder)
            saved = server.call(*call).json()["answers"][0]["blobs"][0]["file"]
            self.assertEqual(pathlib.Path(saved).read_bytes(), file.read_bytes())
            self.assertNotEqual(server.call(*call).code, 0)

    def test_bad_requests_have_their_exit_codes(self):
        with program.Server(flow_file()) as server:
            unknown = server.call("/no", "text.v1", {})
            self.assertEqual(unknown.code, 4, unknown)
            absent = server.call("/echo", "text.v1", {}, "--file", "/no/such/file")
            self.assertEqual(absent.code, 4, absent)
            no_json = server.run("call", "/echo", "--type", "text.v1", "--json-body", "{", "--json")
            self.assertEqual(no_json.code, 2, no_json)
            self.assertEqual(server.text("/echo", "still here"), "still here")

    def test_a_field_of_a_newer_client_is_refused_with_the_version_of_the_server(self):
        with program.Server(program.SOURCE / "examples" / "01_two_stages" / "flow.toml") as server:
            newer = server.call("/say", "text.v1", {"text": "dog", "moonlight": True})
            self.assertEqual(newer.code, 2, newer)
            version = server.status()["version"]
            self.assertIn(f"no field 'moonlight'; it was read by souvenir {version}", newer.error()["cause"])

    def test_a_server_that_cannot_start_is_told_with_its_log(self):
        broken = flow_file(FLOW.replace('run = "pass"', 'run = "no-such-plugin"'))
        result = self.run_it("up", broken, "--json")
        self.assertEqual(result.code, 3, result)
        self.assertIn("no-such-plugin", result.error()["cause"])
        self.assertEqual(program.processes_of(self.home), [])

    def test_a_command_starts_the_flow_for_itself_and_stops_it(self):
        # The flow has no /identifiers: the start, the refusal and the end are what is looked at.
        result = self.run_it("identifiers", "--json", env={"SOUVENIR_FLOW": str(flow_file())})
        self.assertEqual(result.code, 4, result)
        self.assertIn("starting", result.err)
        self.assertEqual(program.processes_of(self.home), [])
        self.assertEqual(program.sockets_in(self.home), [])

    def test_a_killed_command_leaves_no_server_behind(self):
        folder = program.new_folder()
        child = subprocess.Popen(
            [program.PROGRAM, "bench", "transport", "--n", "1000000"],
            env=program.environment(self.home, {"TMPDIR": folder}), start_new_session=True)
        started = f"SOUVENIR_HOME={folder}/souvenir-".encode()

        def servers():
            found = []
            for entry in pathlib.Path("/proc").iterdir():
                try:
                    if entry.name.isdigit() and started in (entry / "environ").read_bytes():
                        found.append(int(entry.name))
                except OSError:
                    pass
            return [pid for pid in found if program.alive(pid)]

        program.wait_for(lambda: len(servers()) >= 4, "the measured server is up")
        child.send_signal(signal.SIGKILL)
        child.wait()
        program.wait_for(lambda: not servers(), "its processes are gone")

    def test_pictures_that_are_not_there_are_caught_before_anything_starts(self):
        absent = self.run_it("finetune", "/no/such/folder", "--category", "dog", "--json")
        self.assertEqual(absent.code, 4, absent)
        empty = self.run_it("finetune", program.new_folder(), "--category", "dog", "--json")
        self.assertEqual(empty.code, 2, empty)
        self.assertNotIn("starting", absent.err + empty.err)

    def refused(self, *arguments):
        """The error of a command that has to end before it starts a flow, for a run with exit code 2."""
        result = self.run_it(*arguments, "--json")
        self.assertEqual(result.code, 2, (arguments, result))
        self.assertNotIn("starting", result.err, arguments)
        self.assertNotIn("measuring", result.err, arguments)
        error = result.error()
        self.assertEqual((error["code"], error["stage"], error["job"]), ("bad_input", "client", ""), arguments)
        self.assertTrue(error["hint"], arguments)
        return error["cause"]

    def test_what_a_command_can_know_to_be_bad_starts_nothing(self):
        for arguments, cause in ((["generate", "a dog", "-n", "-1"], "num_images is -1"),
                                 (["generate", ""], "prompt is empty"),
                                 (["generate", "a dog", "--steps", "0"], "num_inference_steps is 0"),
                                 (["generate", "a dog", "--scheduler", "heun"], "scheduler is 'heun'"),
                                 (["generate", "a dog", "--width", "65"], "width is 65"),
                                 (["generate", "a dog", "--target-model", "mine"], "no target_model 'mine'"),
                                 (["identifiers", "--target-model", "privat"], "did you mean 'private'?"),
                                 (["identifiers", "rm", "s k s"], "no thing has the identifier"),
                                 (["identifiers", "suggest", "-n", "0"], "count is 0"),
                                 (["models", "list", "--target-model", "private"], "is no metamodel"),
                                 (["models", "rollback", "--target-model", "x"], "no target_model 'x'"),
                                 (["models", "reset", "--target-model", "pretrained"], "never trained"),
                                 (["models", "retrain", "--target-model", "meta", "--max-train-steps", "0"],
                                  "max_train_steps is 0"),
                                 (["generate", "a dog", "--key", "x" * 129], "not at most 128 bytes")):
            self.assertIn(cause, self.refused(*arguments), arguments)

    def test_a_dry_run_refuses_what_the_training_refuses(self):
        for options, cause in ((["--category", "a,b"], "category has a character"),
                               (["--strategy", "bigg"], "no strategy 'bigg' (did you mean 'big'?)"),
                               (["--target-model", "pretrained"], "never trained"),
                               (["--target-model", "privat"], "did you mean 'private'?"),
                               (["--identifier", "My Dog"], "small letters and digits"),
                               (["--identifier", "dog"], "a word of the category"),
                               (["--preset", "faces"], "did you mean 'face'?"),
                               (["--max-train-steps", "-1"], "max_train_steps is -1"),
                               (["--steps", "0"], "a number below 1"),
                               (["--num-class-images", "0"], "prior_loss_weight is not"),
                               (["--output-dir", str(PICTURES[0])], "is no folder")):
            category = [] if "--category" in options else ["--category", "dog"]
            asked = ["finetune", PICTURES[0].parent, *category, *options]
            causes = [self.refused(*asked, *dry) for dry in ([], ["--dry-run"])]
            self.assertIn(cause, causes[0], options)
            self.assertEqual(*causes)

    def test_all_bad_pictures_are_told_at_once_by_a_dry_run_too(self):
        folder = pathlib.Path(program.new_folder())
        good = PICTURES[0].read_bytes()
        for name, data in {"a.png": good, "cut.png": good[:len(good) // 2], "empty.png": b"", "text.jpg": b"text",
                           "notes.txt": b"", ".hidden.png": good}.items():
            (folder / name).write_bytes(data)
        (folder / "link.png").symlink_to("nowhere.png")
        for dry in ([], ["--dry-run"]):
            cause = self.refused("finetune", folder, "--category", "dog", *dry)
            self.assertIn("3 of 4 pictures", cause)
            for words in ("cut.png is cut off", "empty.png is empty", "text.jpg is not a JPEG, PNG or WebP"):
                self.assertIn(words, cause)
        said = self.run_it("finetune", folder, "--category", "dog").err
        self.assertIn("skipped, a link to nothing: " + str(folder / "link.png"), said)
        self.assertIn("skipped, no picture by its name: " + str(folder / "notes.txt"), said)
        self.assertIn("skipped, hidden by the dot before the name: .hidden.png", said)
        for i in range(12):
            (folder / f"more{i}.png").write_bytes(b"")
        self.assertIn("; and 7 more", self.refused("finetune", folder, "--category", "dog"))

    def test_a_number_that_is_left_over_is_told_with_its_option(self):
        result = self.run_it("finetune", PICTURES[0], "--category", "dog", "--steps", "10", "20", "--json")
        self.assertEqual(result.code, 4, result)
        self.assertIn("there is no file or folder 20", result.error()["cause"])
        self.assertIn("--steps takes one value", result.error()["hint"])
        self.assertIn("--steps 10,20", result.error()["hint"])

    def test_a_learning_rate_that_is_no_number_is_a_usage_error(self):
        for value in ("nan", "inf", "fast"):
            result = self.run_it("finetune", ".", "--category", "dog", "--learning_rate", value)
            self.assertEqual(result.code, 2, result)

    def test_doctor_names_a_broken_flow_and_how_to_mend_the_rest(self):
        result = self.run_it("doctor", "--json", env={"SOUVENIR_FLOW": "/no/such/flow.toml"})
        self.assertEqual(result.code, 10, result)
        checks = {check["name"]: check for check in result.json()["checks"]}
        self.assertFalse(checks["flow"]["ok"])
        self.assertTrue(checks["libzmq"]["ok"])
        self.assertTrue(checks["plugin pass"]["ok"])

    def test_the_load_bench_counts_every_request_once(self):
        with program.Server(flow_file()) as server:
            result = server.run("bench", "load", "/echo", "--rate", "200", "--seconds", "1",
                                "--connections", "4", "--json")
            self.assertEqual(result.code, 0, result)
            figures = result.json()
            self.assertEqual((figures["sent"], figures["answered"]), (200, 200))
            self.assertGreater(figures["p99_ms"], 0)
            self.assertGreaterEqual(figures["p999_ms"], figures["p50_ms"])
            refused = server.run("bench", "load", "/ecko", "--rate", "100", "--seconds", "0.1", "--json")
            self.assertEqual(refused.json()["refused"], 10)
            self.assertIn("not_found", refused.json()["first_fault"])
            wrong = server.run("bench", "load", "/echo", "--rate", "0.1", "--seconds", "1", "--json")
            self.assertEqual(wrong.error()["code"], "bad_input")

    def test_the_transport_bench_prints_its_figures(self):
        result = self.run_it("bench", "transport", "--n", "200", "--bytes", "1000", "--json")
        self.assertEqual(result.code, 0, result)
        figures = result.json()
        self.assertEqual(list(figures), ["start_s", "p50_ms", "p99_ms", "min_ms", "streamed_req_s",
                                         "pss_MiB_total", "processes", "stop_s", "ring_p50_ms"])
        self.assertEqual(figures["processes"], 4)
        self.assertLessEqual(figures["min_ms"], figures["p50_ms"])
        self.assertLessEqual(figures["p50_ms"], figures["p99_ms"])
        print("transport:", json.dumps(figures))


if __name__ == "__main__":
    unittest.main(verbosity=2)
