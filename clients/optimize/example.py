#!/usr/bin/env python3
"""Drives evoke-optimize: looks for the maximum of a noisy function in 10 dimensions.

    clients/optimize/example.py [build/release/bin/evoke-optimize]
"""
import json
import random
import subprocess
import sys


class Optimizer:
    """One search of evoke-optimize. Raises RuntimeError with its message."""

    def __init__(self, program, **start):
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.space = self.send("start", **start)["space"]

    def send(self, command, **fields):
        self.process.stdin.write(json.dumps({"command": command, **fields}) + "\n")
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def ask(self):
        return self.send("ask")["points"]

    def tell(self, scores, **fields):
        self.send("tell", scores=scores, **fields)

    def best(self):
        return self.send("best")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def neuron(point):
    """The most at (1, ..., 1): the expected score."""
    return -sum((value - 1) ** 2 for value in point)


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else "build/release/bin/evoke-optimize"
    optimizer = Optimizer(
        program,
        space={"dimensions": [{"repeat": 10, "continuous": {
            "lower": -4, "upper": 4, "prior": "PRIOR_STANDARD_NORMAL"}}]},
        method={"cma_es": {"variant": "VARIANT_SEPARABLE"}},
        seed=1)
    noise = random.Random(1)
    sd = 0.1
    shown = 0
    while shown < 1000:
        points = optimizer.ask()
        scores = [neuron(point) + noise.gauss(0, sd) for point in points]
        scores[0] = None if shown == 0 else scores[0]  # a trial was lost
        optimizer.tell(scores, variances=[sd ** 2] * len(points))
        shown += len(points)
    best = optimizer.best()
    optimizer.close()
    print(f"best: {neuron(best['point']):.3f} after {shown} points; estimated "
          f"{best['score']:.3f} +- {best['standard_error']:.3f}")


if __name__ == "__main__":
    main()
