"""A home whose flow listens on a TCP address, and keys for who comes from elsewhere."""
import pathlib
import sys
import unittest

import program

# The last argument of a test is the folder of its plugins.
ENV = {"SOUVENIR_PLUGINS": sys.argv.pop() + ":" + str(program.PLUGINS)}


class KeyedHome(unittest.TestCase):
    FLOW = ""  # with {port}

    def setUp(self):
        self.home = pathlib.Path(program.new_folder())
        self.elsewhere = pathlib.Path(program.new_folder())  # the home of who comes from outside
        self.port = program.free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.flow = self.home / "flow.toml"
        self.flow.write_text(self.FLOW.format(port=self.port))

    def command(self, *arguments):
        return program.run("keys", *arguments, "--json", home=self.home)

    def keys(self, *arguments):
        result = self.command(*arguments)
        self.assertEqual(result.code, 0, result)
        return result.json()

    def make(self, name, *rights):
        file = self.elsewhere / f"{name}.key"
        self.keys("make", name, *rights, "--output", file)
        return file

    def server(self):
        return program.Server(self.flow, env=ENV, home=self.home)
