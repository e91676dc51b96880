"""`make bench`: every claim of speed, as a ratio measured side by side in one run; the documentation shows it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.benchmarks.arithmetic import certificate_counts, rescoring
from tests.benchmarks.boxes import warm_box
from tests.benchmarks.lists import accepted_update, prediction, shapley
from tests.benchmarks.peer_process import require
from tests.benchmarks.timing import Row, percentile, seconds
from tests.benchmarks.verdicts import upload_to_verdict

OUT: Final = Path(__file__).resolve().parents[2] / "templates" / "docs" / "bench.json"


def main() -> int:
    """Print a row a comparison; 1 if any missed its aim."""
    require()
    rows = []
    for row in _rows():
        rows.append(row)
        print(row, flush=True)
    waits: list[dict[str, object]] = []
    for way, times in upload_to_verdict():
        waits.append({"way": way, "p50_s": percentile(times, 0.5), "p95_s": percentile(times, 0.95), "n": len(times)})
        p50, p95 = seconds(percentile(times, 0.5)), seconds(percentile(times, 0.95))
        print(f"upload to verdict, idle worker: {way:38} p50 {p50}, p95 {p95} ({len(times)} submissions)", flush=True)
    OUT.write_text(json.dumps({"rows": [row.to_json() for row in rows], "verdicts": waits}, indent=1) + "\n")
    print(f"the same as JSON, for the documentation: {OUT}")
    return int(not all(row.reached for row in rows))


def _rows() -> Iterator[Row]:
    for measure in (certificate_counts, rescoring, prediction, accepted_update, shapley, warm_box):
        yield from measure()


if __name__ == "__main__":
    raise SystemExit(main())
