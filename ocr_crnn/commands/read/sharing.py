"""What is asked for of a shared run: with --ray, or from and to stores. Light: `read` asks for it before anything is imported."""

from dataclasses import dataclass

from ocr_crnn.commands.read.targets import UsageError

LOCAL = "local"  # the address of a cluster that is started for the run


@dataclass(frozen=True)
class Sharing:
    """ray: the address of a cluster, LOCAL, or None to read here. actors: how many, None for as many as the cluster has cores.
    recursive, quiet, lines: see read_files. reader: what the outputs depend on besides the options, JSON values."""

    ray: str | None = None
    actors: int | None = None
    recursive: bool = False
    quiet: bool = False
    lines: bool = False
    reader: object = None


def parse_address(text):
    """The address as Ray takes it. Raises UsageError."""
    if text in (LOCAL, "auto"):
        return text
    host, _, port = text.rpartition(":")
    if "://" in text or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise UsageError(
            f"A cluster has an address such as 10.0.0.1:6379, or auto for that of this machine. Received: {text[:100]}. Start one with "
            "`ray start --head`, which says its address, and run this command on one of its machines."
        )
    return text
