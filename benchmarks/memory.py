"""Roll up once in a process of its own, as a worker does, and print the peak of its memory in MB."""

import re
import resource
from pathlib import Path


def peak() -> float:
    """Of this program alone: what `getrusage` says includes the program that started it."""
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", status.read_text())):
        return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    import django

    django.setup()
    from impact import materialise

    materialise.roll_up(again=True)
    print(peak())


if __name__ == "__main__":
    main()
