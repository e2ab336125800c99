"""The Dockerfile, as far as it can be looked at without Docker; `commands/serve/test_service.py` runs its health check."""

import ast
import fnmatch
import json
import tomllib

from dockerfile import ROOT, health_command, of, stages

from ocr_crnn.commands.serve import command


def test_it_runs_as_nobody_and_without_a_compiler():
    build, last = stages()
    assert [name for name, _ in build][0] == [name for name, _ in last][0] == "FROM" and of(build, "FROM")[0].endswith("AS build")
    user = of(last, "USER")
    assert len(user) == 1 and int(user[0].split(":")[0]) > 0 and f"--uid {user[0].split(':')[0]}" in of(last, "RUN")[0]
    order = [name for name, _ in last]
    assert order.index("USER") > max(place for place, name in enumerate(order) if name in ("RUN", "COPY"))
    assert "g++" in " ".join(of(build, "RUN")) and "g++" not in " ".join(of(last, "RUN")) and "apt-get" not in " ".join(of(last, "RUN"))
    assert of(last, "COPY") == ["--from=build /opt/ocr /opt/ocr"] and "/opt/ocr/bin" in of(last, "ENV")[0]


def test_what_it_installs_has_no_tensorflow():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    installed = of(stages()[0], "RUN")[-1]
    names = installed.partition("[")[2].partition("]")[0].split(",")
    assert sorted(names) == ["documents", "http"] and not any("tensorflow" in package for name in names for package in extras[name])


def test_its_program_is_a_command_of_ours_with_its_options():
    last = stages()[-1]
    assert json.loads(of(last, "ENTRYPOINT")[0]) == ["ocr-crnn"]
    name, *options = json.loads(of(last, "CMD")[0])
    assert name == command.serve.__name__ and dict(zip(options[::2], options[1::2], strict=True)) == {"--host": "0.0.0.0", "--port": "8000"}
    assert of(last, "EXPOSE") == ["8000"] and of(last, "STOPSIGNAL") == ["SIGTERM"]
    program = health_command()
    assert program[0] == "python" and "8000, timeout=4" in program[-1]
    ast.parse(program[-1])


def test_what_is_copied_is_there_and_let_in():
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")]
    copied = [name for arguments in of(stages()[0], "COPY") for name in arguments.split()[:-1]]
    assert sorted(copied) == sorted(allowed) and all((ROOT / name).exists() for name in copied)
    hidden = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] in "*"]
    assert hidden[0] == "*" and any(fnmatch.fnmatch("ocr_crnn/ops/x.so", pattern) for pattern in hidden)
