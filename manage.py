#!/usr/bin/env python
import os
import sys

from ptvt_portal.local import command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ptvt_portal.settings")
    with command.database(sys.argv[1:]):
        from django.core.management import execute_from_command_line

        from consortia import acting

        with acting.program(" ".join(["manage.py", *sys.argv[1:2]])):
            execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
