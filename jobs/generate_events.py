"""Write a made-up event log: `generate_events.py N OUT`; `--help` tells the options.

The log that comes with the project:

    python jobs/generate_events.py 120 data/events.dat --format array-blank --customers 25 --seed 2048
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sflydwh.generator import write_log
from sflydwh.generator.arguments import parse_arguments


def main() -> int:
    """Run the job and give its exit status."""
    request, out, layout_name = parse_arguments()
    try:
        size_bytes = write_log(request, out, layout_name)
    except OSError as error:
        print(f"generate_events.py: cannot write {out}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("generate_events.py: interrupted", file=sys.stderr)
        return 130
    report = sys.stderr if out == "-" else sys.stdout
    print(f"wrote {request.events} events, {size_bytes} bytes, to {out}", file=report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
