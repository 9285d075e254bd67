"""Runs one example: checks its flow, starts it, sends a line, compares the answer, stops it.

    example_test.py FLOW ENDPOINT TEXT ANSWER
"""
import sys

import program


def main(flow, endpoint, text, answer):
    checked = program.run("check", flow, home=program.new_folder())
    assert checked.code == 0, checked
    with program.Server(flow) as server:
        got = server.text(endpoint, text)
        assert got == answer, f"{got!r} is not {answer!r}"
        down = server.run("down")
        assert down.code == 0, down
        server.child.wait(30)
    assert not program.sockets_in(server.home), program.sockets_in(server.home)


if __name__ == "__main__":
    main(*sys.argv[1:])
