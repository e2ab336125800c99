"""The instructions of the Dockerfile, for tests: Docker itself does not run where they do."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def stages():
    """[[(instruction, its arguments), …], …], a list a FROM; lines that go on are joined."""
    lines = [line for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    found = []
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        instruction, _, arguments = line.strip().partition(" ")
        if instruction == "FROM":
            found.append([])
        found[-1].append((instruction, arguments.strip()))
    return found


def of(stage, instruction):
    """The arguments of each such instruction of a stage."""
    return [arguments for name, arguments in stage if name == instruction]


def health_command():
    """The arguments of the health check's program."""
    return json.loads(re.search(r"CMD (\[.*\])$", of(stages()[-1], "HEALTHCHECK")[0])[1])
