"""Why a stage is computed: what differs from the study's current result, or else from the nearest that is there."""

from collections import defaultdict
from typing import Any

from mindgap.dotted import flatten
from mindgap.jobs.study import Plan
from mindgap.store.results import MANIFEST, Job, manifests, read_json


def explain(plan: Plan) -> list[str]:
    """One line a stage: reused, or computed with the params, code or data that differ.

    They are held against the result that the study's view shows now, or where it shows none, against the nearest.
    """
    current = plan.results / plan.study.study / "keys.json"
    shown: dict[str, str] = read_json(current) if current.is_file() else {}
    earlier: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for manifest in manifests(plan.results / "store"):
        earlier[manifest["stage"]].append(manifest)
    width = max(len(name) for name in plan.named)
    lines = []
    for name, job in plan.named.items():
        if (plan.folder(job.stage, job.key) / MANIFEST).is_file():
            verdict = "reused"
        else:
            own = [manifest for manifest in earlier[job.stage] if manifest["key"] == shown.get(name)]
            verdict = f"computed: {_reason(job, own or earlier[job.stage], plan)}"
        lines.append(f"{name:<{width}}  {job.key}  {verdict}")
    return lines


def _reason(job: Job, earlier: list[dict[str, Any]], plan: Plan) -> str:
    """What differs from the nearest of earlier results of the same stage."""
    names = {key: name for name, key in plan.keys.items()}
    found = sorted((differences(manifest, job, names) for manifest in earlier), key=len)
    return "; ".join(found[0]) if found else "there is no earlier result of this stage"


def differences(manifest: dict[str, Any], job: Job, names: dict[str, str]) -> list[str]:
    """What a stored result and a job differ in, in words; `names` says what stage a key belongs to."""
    then, now = flatten(manifest["params"]), flatten(job.params)
    changed = [
        f"{path} {then.get(path, 'absent')} -> {now.get(path, 'absent')}"
        for path in sorted(then.keys() | now.keys())
        if then.get(path, "absent") != now.get(path, "absent")
    ]
    if manifest["digest"] != job.digest:
        changed.append("the data's content changed")
    if manifest["code"] != job.code:
        changed.append("code that it runs changed")
    for name, key in job.inputs.items():
        if manifest["inputs"].get(name) != key:
            changed.append(f"{names.get(key, name)} changed")
    return changed
