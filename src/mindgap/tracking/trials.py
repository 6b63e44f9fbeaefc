"""The trials of a study's search as Optuna studies, one a level, in a file that Optuna and its dashboard open."""

import warnings
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow import MlflowClient

from mindgap.errors import UserError
from mindgap.results.level import Level
from mindgap.results.trials import Trial, Trials
from mindgap.results.view import View
from mindgap.search.tpe import distributions, labelled
from mindgap.store.store import Manifest
from mindgap.tasks import cost
from mindgap.tracking.store import reported
from mindgap.tracking.writer import KEY, PAGE

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial, TrialState

FILE = "optuna.log"
"""The file in results/<study>, an Optuna journal."""

_SEARCH, _FOLD = "search.", "@fold"

Times = dict[int, tuple[datetime, datetime]]
"""When a trial's jobs began and ended, by its number."""


def write_trials(view: View, uri: str | None, results: Path) -> Path:
    """Write all trials of a study's search to <results>/<study>/optuna.log, and return it; `uri` is the MLflow store.

    An Optuna study, `<study>: <level>`, has the level's space, objective and trials with their numbers; a choice that
    is no text is its JSON. Where there are folds, it is that of the first, and that of the second is `<study>: <level>,
    fold 2`; their attribute `fold` says so. Intermediate values are the objective by epoch. A trial that diverged
    failed, and one that halving left behind was pruned. Its attributes say the level's key and, if MLflow has it, its
    run there; its times are those of the jobs that trained it, beside others. Raises UserError where there is no search
    or no Optuna.
    """
    try:
        import optuna
        from optuna.storages.journal import JournalFileBackend
    except ImportError as error:
        raise UserError("Optuna is not installed: pip install 'optuna>=5,<6'") from error
    if not view.levels:
        raise UserError(f"{view.study}: this study searches nothing, so that there are no trials to show")
    searches = {name: folder for name, folder in view.stages.items() if name.startswith(_SEARCH)}
    if missing := [name for name, folder in searches.items() if not (folder / Manifest.FILE).is_file()]:
        raise UserError(
            f"{missing[0]}: not computed yet with these params: run `snakemake --cores 2 search` first, with the same "
            "params files after --configfile"
        )
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    out = results / view.study / FILE
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f"{FILE}.partial")
    partial.unlink(missing_ok=True)
    directions = optuna.study.StudyDirection
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(partial)))
    folded, times = any("@" in name for name in searches), _times(view)
    for name, folder in searches.items():
        level, trials, key = Level.read(folder), Trials.read(folder).trials, view.keys[name]
        of, _, fold = name.removeprefix(_SEARCH).partition(_FOLD)
        title = f"{view.study}: {of}" + (f", fold {fold}" if fold else "")
        better = directions.MINIMIZE if cost(level.objective, 1.0) > 0 else directions.MAXIMIZE
        study = optuna.create_study(storage=storage, study_name=title, direction=better)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.set_metric_names([level.objective])
        known = {"key": key, "sampler": level.sampler, "epochs": level.epochs}
        for attribute, value in (known | ({"fold": int(fold or 1)} if folded else {})).items():
            study.set_user_attr(attribute, value)
        own, runs = times[view.keys[f"prepare{_FOLD}{fold}" if fold else "prepare"], of], _runs(uri, view.study, key)
        for trial in trials:
            study.add_trial(_frozen(trial, level, key, own[trial.number], runs.get(str(trial.number))))
    partial.replace(out)
    return out


def _frozen(trial: Trial, level: Level, key: str, times: tuple[datetime, datetime], run: str | None) -> "FrozenTrial":
    from optuna.trial import FrozenTrial

    known: dict[str, Any] = {
        "key": key,
        "mlflow_run": run,
        "status": trial.status,
        "kept_epoch": trial.kept_epoch,
        "val_loss": trial.val_loss,
    }
    return FrozenTrial(
        number=trial.number,
        trial_id=trial.number,
        state=_state(trial, level),
        value=trial.value,
        datetime_start=times[0],
        datetime_complete=times[1],
        params=labelled(level.space, trial.params),
        distributions=distributions(level.space),
        user_attrs={name: value for name, value in known.items() if value is not None},
        system_attrs={},
        intermediate_values={
            epoch: value for epoch, value in enumerate(trial.history[level.objective]) if value is not None
        },
    )


def _state(trial: Trial, level: Level) -> "TrialState":
    """A trial that ends with a rung before the last was left behind there, as it counts as stopped early."""
    from optuna.trial import TrialState

    if trial.status == "diverged":
        return TrialState.FAIL
    ended = len(trial.history["val_loss"]) - 1
    left = trial.status == "stopped_early" and ended in [rung.epochs for rung in level.rungs[:-1]]
    return TrialState.PRUNED if left else TrialState.COMPLETE


def _times(view: View) -> dict[tuple[str, str], Times]:
    """Of all trials, by the key of their data and the level's name, in the local time that Optuna has."""
    by_level: dict[tuple[str, str], Times] = defaultdict(dict)
    for path in view.manifests.get("trials", ()):
        manifest = Manifest.read(path.parent)
        found = by_level[manifest.inputs["data"], manifest.params["level"]["name"]]
        began = datetime.fromtimestamp(manifest.runtime.start, UTC).astimezone().replace(tzinfo=None)
        ended = began + timedelta(seconds=manifest.runtime.wall_seconds)
        for trial in Trials.read(path.parent).trials:
            first, last = found.get(trial.number, (began, ended))
            found[trial.number] = min(first, began), max(last, ended)
    return by_level


def _runs(uri: str | None, study: str, key: str) -> dict[str, str]:
    """The MLflow runs of a level's trials by number; none where MLflow does not have them yet."""
    if uri is None:
        return {}
    with reported(uri):
        client, token = MlflowClient(tracking_uri=uri), None
        found: dict[str, str] = {}
        experiment = client.get_experiment_by_name(study)
        if experiment is None:
            return {}
        while True:
            page = client.search_runs(
                [experiment.experiment_id], f"tags.`{KEY}` = '{key}'", max_results=PAGE, page_token=token
            )
            found |= {run.data.tags["mindgap.run"]: run.info.run_id for run in page if "mindgap.run" in run.data.tags}
            if not (token := page.token):
                return found
