"""The command line of the generator."""

import sys
from typing import NoReturn

from sflydwh.errors import FAILED, INTERRUPTED, OK
from sflydwh.generator import write_log
from sflydwh.generator.arguments import parse_arguments


def main() -> int:
    """Write a log; the exit status."""
    request, out, layout_name = parse_arguments()
    try:
        size_bytes = write_log(request, out, layout_name)
    except OSError as error:
        print(f"generate_events.py: cannot write {out}: {error.strerror}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("generate_events.py: interrupted", file=sys.stderr)
        return INTERRUPTED
    report = sys.stderr if out == "-" else sys.stdout
    print(f"wrote {request.events} events, {size_bytes} bytes, to {out}", file=report)
    return OK


def program() -> NoReturn:
    """Write a log as a program, and end with it."""
    sys.exit(main())
