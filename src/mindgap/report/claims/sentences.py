"""Sentences about a tested claim: what was done, what was found, and what would change it."""

from collections.abc import Iterable, Mapping
from math import ceil, log
from pathlib import Path
from typing import Any

from mindgap.claims.titles import titles
from mindgap.dotted import flatten
from mindgap.params.claim import Claim, Prediction
from mindgap.params.search import Categorical, Range
from mindgap.report.numbers import count, setting, significant
from mindgap.results.judgement import RULINGS, Bounds, Judged, Judgement, TaskJudgement

LEAST, MANY = 6, 10_000
"""Fewer replicates give no interval; more are not counted out."""


def listed(names: Iterable[str]) -> str:
    """Names as a sentence has them: a, b and c."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def contrast(prediction: Prediction) -> str:
    """What a prediction is about: relu / tanh, relu − tanh, (relu − tanh) − (elu − selu), or relu."""
    if prediction.differences is not None:
        return " − ".join(f"({first} − {second})" for first, second in prediction.differences)
    return (" / " if prediction.ratio else " − ").join(prediction.arms)


def claimed(prediction: Prediction) -> str:
    """Where it says that this lies."""
    if prediction.within is not None:
        return f"from {setting(prediction.within[0])} to {setting(prediction.within[1])}"
    side, limit = ("above", prediction.above) if prediction.above is not None else ("below", prediction.below)
    return f"{side} {setting(limit)}"


def stated(prediction: Prediction) -> str | None:
    """The strength that the lecture states, if it states one."""
    if prediction.stated is None:
        return None
    return f"at {'least' if prediction.above is not None else 'most'} {setting(prediction.stated)}"


def differs(blocks: Mapping[str, Mapping[str, Any]]) -> str:
    """Params in one line, without the names of their blocks."""
    named = [
        f"{name.partition('.')[2]} {setting(Path(value).name if name in ('data.path', 'data.test_path') else value)}"
        for name, value in flatten(blocks).items()
    ]
    return ", ".join(named) or "nothing"


def searched(domain: Range) -> str:
    """A range in words."""
    (values,) = domain.model_dump(mode="json").values()
    if isinstance(domain, Categorical):
        return f"one of {', '.join(map(setting, values))}"
    return f"{setting(values[0])} to {setting(values[1])}"


def controls(claim: Claim) -> list[str]:
    """The arms that no prediction is about: shown, and not judged."""
    judged = {arm for prediction in claim.predict for arm in prediction.arms}
    return [arm for arm in claim.arms if arm not in judged]


def done(claim: Claim, judgement: Judgement) -> list[str]:
    """Three sentences: what was trained, what chance decided anew, and what was measured and predicted."""
    arms = [f"{name} (a control)" if name in controls(claim) else name for name in claim.arms]
    sweep = "".join(
        f"; {name} was swept over {', '.join(map(setting, values))} in each" for name, values in claim.over.items()
    )
    shared = ", shared by all arms" if len(arms) > 1 else ""
    called = titles(claim)
    alike = len(set(called)) == 1
    said = []
    for number, prediction in enumerate(claim.predict):
        strength = stated(prediction)
        text = f"{contrast(prediction)} is {claimed(prediction)}{f' ({strength} is stated)' if strength else ''}"
        where = "" if prediction.tasks is None else f"on {listed(prediction.tasks)}, "
        said.append(where + (text if alike else f"in {called[number]}, {text}"))
    drawn = "split, drawn points, initialisation and order of rows"
    tuned = _tuned(claim, judgement)
    own = "random draws" if all(map(claim.simulated, claim.tasks)) else drawn
    return [
        f"On {listed(claim.tasks)}, {listed(arms)} {'were' if len(arms) > 1 else 'was'} {_made(claim)}, {tuned}.",
        f"Each of {claim.replicates} replicates has its own {own}{shared}{sweep}.",
        f"Measured was {called[0] if alike else 'more than one thing'}; declared in its file is that {listed(said)}.",
    ]


def _tuned(claim: Claim, judgement: Judgement) -> str:
    """Over what arms tuned, by what, and on what; where they tuned nothing, that the table has their params."""
    tune = claim.tune
    if tune is None:
        return "with the params below"
    ranges = listed(f"{name} ({searched(domain)})" for name, domain in tune.space.items())
    own = [found for task in judgement.tasks.values() for found in task.tuned.values() if found]
    some = " where these have an effect," if any(len(found) < len(tune.space) for found in own) else ""
    by = "training loss" if tune.objective == "train_loss" else "validation"
    splits = f"{tune.splits} splits that judge" if tune.splits > 1 else "a split that judges"
    each = "each tuned" if len(claim.arms) > 1 else "tuned"
    return f"{each} by {by} over {ranges}{some} with {tune.trials} trials, on {splits} nothing"


def _made(claim: Claim) -> str:
    """What was done with the arms."""
    simulated = [task for task in claim.tasks if claim.simulated(task)]
    if len(simulated) == len(claim.tasks):
        return "simulated"
    searches = any("search" in blocks for blocks in (claim.base, *claim.arms.values()))
    made = "searched anew in each replicate" if searches else "trained"
    return f"{made} (simulated on {listed(simulated)})" if simulated else made


def where(judgement: Judgement) -> str:
    """On which tasks a claim comes to what: Supported on digits; refuted on moons and spirals."""
    found = [
        f"{ruling} on {listed(names)}"
        for ruling in RULINGS
        if (names := [name for name, task in judgement.tasks.items() if task.verdict == ruling])
    ]
    text = "; ".join(found)
    return f"{text[0].upper()}{text[1:]}."


def number(between: Bounds) -> str:
    """A median, or what is known of it."""
    low, high = between
    if low is None and high is None:
        return "no number"
    if low is None:
        return f"at most {significant(high)}"
    if high is None:
        return f"at least {significant(low)}"
    return significant(low) if low == high else f"between {significant(low)} and {significant(high)}"


def interval(judged: Judged) -> str:
    """The 95 % interval of a median."""
    low, high = judged.low, judged.high
    if low is not None and high is not None:
        return f"{significant(low)} to {significant(high)}"
    if low is not None:
        return f"{significant(low)} or more"
    return f"{significant(high)} or less" if high is not None else "without ends"


def finding(prediction: Prediction, judged: Judged) -> str:
    """The median with its interval, and what that says of the prediction."""
    asked, named = claimed(prediction), setting(prediction.stated)
    strong = "" if prediction.stated is None else f", and not wholly short of the {named} stated"
    so = {
        "supported": f"{asked}, as claimed{strong}",
        "weaker than stated": f"{asked}, as claimed, but wholly short of the {named} stated",
        "refuted": f"against the claim that it is {asked}",
        "undecided": f"this does not tell whether it is {asked}",
    }[judged.ruling]
    return f"{contrast(prediction)} is {number(judged.middle)} (95 % interval {interval(judged)}): {so}"


def change(prediction: Prediction, judged: Judged) -> str:
    """What would change a ruling: a limit moved so far, or so many replicates."""
    if judged.ruling == "undecided":
        return _undecided(prediction, judged)
    low, high = significant(judged.low), significant(judged.high)
    if prediction.within is not None:
        least, most = map(setting, prediction.within)
        if judged.ruling == "supported":
            return f"It would stand for any range that holds {interval(judged)}; {least} to {most} was declared."
        if judged.high is not None and judged.high < prediction.within[0]:
            return f"A range from {high} in place of {least} would leave it undecided."
        return f"A range up to {low} in place of {most} would leave it undecided."
    limit = setting(prediction.above if prediction.above is not None else prediction.below)
    near, far = (low, high) if prediction.above is not None else (high, low)
    if judged.ruling == "refuted":
        return f"A limit of {far} in place of {limit} would leave it undecided."
    stands = f"It would stand for any limit short of {near}; {limit} was declared"
    if judged.ruling == "weaker than stated":
        return f"{stands}. Had {far} been stated in place of {setting(prediction.stated)}, it would be supported."
    return f"{stands}."


def _undecided(prediction: Prediction, judged: Judged) -> str:
    replicates = len(next(iter(judged.values.values())))
    if replicates < LEAST:
        return f"There are {replicates} replicates; an interval takes {LEAST}."
    told = [_width(prediction, judged)]
    limit = prediction.above if prediction.above is not None else prediction.below
    if prediction.within is None and judged.smallest is not None:
        told.append(f"A median of {significant(judged.smallest)} would have been told from {setting(limit)}.")
    needed = replicates_needed(prediction, judged)
    if needed is not None:
        many = f"about {needed}" if needed <= MANY else f"more than {count(MANY)}"
        told.append(f"If the median stays where it is, {many} replicates would tell, in place of {replicates}.")
    elif judged.middle[0] is not None and judged.middle[0] == judged.middle[1]:
        told.append("The median lies at the limit itself, where more replicates alone do not tell.")
    else:
        told.append(
            "What was not reached within all epochs, or diverged, leaves it open; training that is longer, or does not "
            "diverge, would tell more."
        )
    return " ".join(filter(None, told))


def _width(prediction: Prediction, judged: Judged) -> str:
    """How wide an interval is; nothing where it has no end."""
    low, high = judged.low, judged.high
    if low is None or high is None or low == high:
        return ""
    if prediction.ratio and low > 0:
        return f"The interval spans a factor of {significant(high / low)}."
    beside = "" if prediction.within is None else f"; the declared range is {significant(_length(prediction.within))}"
    return f"The interval is {significant(high - low)} wide{beside}."


def _length(ends: tuple[float, float]) -> float:
    return ends[1] - ends[0]


def replicates_needed(prediction: Prediction, judged: Judged) -> int | None:
    """How many replicates would tell a median from the limit if it stays; None where no number would.

    Intervals of order statistics narrow like one over the square root of the number, those of ratios in logarithms.
    """
    low, high, known = judged.low, judged.high, judged.middle[0]
    if known is None or known != judged.middle[1]:
        return None
    limits = [limit for limit in (prediction.above, prediction.below, *(prediction.within or ())) if limit is not None]
    if prediction.within is not None and not limits[0] < known < limits[1]:
        limits = [min(limits, key=lambda limit: abs(limit - known))]
    shares = []
    for limit in limits:
        end = low if known > limit else high
        if known == limit or end is None or (prediction.ratio and min(known, limit, end) <= 0):
            return None
        shares.append(log(end / known) / log(limit / known) if prediction.ratio else (end - known) / (limit - known))
    replicates = len(next(iter(judged.values.values())))
    needed = ceil(replicates * max(shares) ** 2)
    return -(-needed // 10) * 10 if needed > 100 else needed


def seen(claim: Claim, name: str, task: TaskJudgement) -> str:
    """What a picture of a claim shows of a task, for those who do not see it."""
    predictions = "; ".join(finding(claim.predict[judged.number], judged) for judged in task.predictions)
    return f"{name}, {task.verdict}: {predictions}."
