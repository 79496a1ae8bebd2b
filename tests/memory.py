"""The most memory that a process ever held."""

from __future__ import annotations

import sys
from pathlib import Path


def peak_mb(pid: int | str = "self") -> float | None:
    """The peak of a running process in MB; None for another process where the system does not tell.

    Linux hands ru_maxrss on from the process that started one; VmHWM begins anew with the program.
    """
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    if pid != "self":
        return None
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
