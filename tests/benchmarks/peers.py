"""The tools that people use for it today, in an environment of their own: `.venv-bench`, which `make bench` makes.

Run there as a script, it imports nothing of the project: it loads the data, then for each name on standard input does
the thing once and prints the seconds. So its runs take turns with ours, on the same data.
"""

import sys
import time
import warnings
from collections.abc import Callable, Mapping

import numpy as np


def main(path: str) -> None:
    warnings.filterwarnings("ignore")
    ways = _ways(np.load(path))
    print("ready", flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        ways[line.strip()]()
        print(time.perf_counter() - start, flush=True)


def _ways(data: Mapping[str, np.ndarray]) -> dict[str, Callable[[], object]]:
    import pandas as pd
    from aequitas.group import Group
    from fairlearn.metrics import MetricFrame
    from sklearn.metrics import accuracy_score

    y, model, mask = data["y"], data["model"], data["mask"]
    wrong = model != y
    frame = pd.DataFrame({"wrong": wrong, "group": mask})
    scored = pd.DataFrame({"score": model, "label_value": y, "group": np.where(mask, "in", "out")})
    return {
        "fairlearn": lambda: (
            MetricFrame(metrics=accuracy_score, y_true=y, y_pred=model, sensitive_features=mask).by_group
        ),
        "aequitas": lambda: Group().get_crosstabs(scored, attr_cols=["group"]),
        "pandas": lambda: frame.groupby("group")["wrong"].agg(["sum", "count"]),
        "numpy": lambda: int(wrong[mask].sum()),
    }


if __name__ == "__main__":
    main(sys.argv[1])
