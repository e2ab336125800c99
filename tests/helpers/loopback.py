"""Ports of this machine for tests of several workers."""

import socket


def free_ports(count):
    """Port numbers that nobody listens on, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports
