"""`make bench`: every claim of speed, as a ratio measured side by side in this run; the rows also go to bench.json."""

import json
from pathlib import Path

from tests.benchmarks.arithmetic import certificate_counts, list_prediction
from tests.benchmarks.boxes import warm_box
from tests.benchmarks.timing import percentile, seconds
from tests.benchmarks.verdicts import upload_to_verdict


def main() -> int:
    """Print a row a comparison; 1 if any missed its aim."""
    rows = []
    for measure in (certificate_counts, list_prediction, warm_box):
        rows.append(measure())
        print(rows[-1], flush=True)
    waits = {}
    for way, times in upload_to_verdict():
        waits[way] = {"p50_s": percentile(times, 0.5), "p95_s": percentile(times, 0.95), "n": len(times)}
        p50, p95 = seconds(waits[way]["p50_s"]), seconds(waits[way]["p95_s"])
        print(f"upload to verdict, idle worker: {way:38} p50 {p50}, p95 {p95} ({len(times)} submissions)", flush=True)
    Path("bench.json").write_text(json.dumps({"rows": [row.to_json() for row in rows], "verdicts": waits}, indent=2))
    return int(any(row.ratio < row.aim for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
