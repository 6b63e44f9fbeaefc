"""The command line beside Snakemake: look after the store, say why a stage will run, predict new rows."""

import argparse
import csv
import io
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from mindgap.data.met import Met
from mindgap.data.prepared import Dataset
from mindgap.errors import UserError
from mindgap.jobs.claimed import Claims
from mindgap.jobs.claims import ClaimJobs, add_claim
from mindgap.jobs.graph import Graph
from mindgap.jobs.reasons import explain
from mindgap.jobs.study import StudyJobs, add_study
from mindgap.jobs.view import view_of
from mindgap.models.file import load_model
from mindgap.params.claims import CLAIMS, Asked, asked_in, read_claims
from mindgap.params.load import read_study
from mindgap.params.reference import reference
from mindgap.store.lock import hold
from mindgap.store.store import corrupt, stored
from mindgap.tracking.markers import default_uri, tracking_uri

BASE = "params/study.yaml"
RESULTS = Path("results")
SCRIPTS = Path("workflow/scripts")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command in the project's folder; the exit code is 0 if all is well, else 1."""
    parser = argparse.ArgumentParser(prog="mindgap", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("verify", help="re-hash all stored results and name what is corrupt")
    command.add_argument("--repair", action="store_true", help="remove what is corrupt; the next run computes it again")
    command.set_defaults(run=lambda given: verify(repair=given.repair))
    command = commands.add_parser("why", help="say, for each stage, whether it is reused or computed, and why")
    command.add_argument(
        "params",
        nargs="*",
        help=f"params files, laid over {BASE} in this order; or claims, or ids of claims such as N7",
    )
    command.set_defaults(run=lambda given: why(given.params))
    command = commands.add_parser("gc", help="remove stored results that none of the given params files refers to")
    command.add_argument("params", nargs="+", help=f"params files, each laid over {BASE}")
    command.add_argument("--yes", action="store_true", help="do not ask")
    command.set_defaults(run=lambda given: collect_garbage(given.params, yes=given.yes))
    command = commands.add_parser("predict", help="print the classes or values of new rows, as CSV")
    command.add_argument("model", type=Path, help="a saved model, such as results/digits/model.npz")
    command.add_argument(
        "rows", type=Path, help="a CSV or Parquet file like the one trained on, or an .npz file with rows x"
    )
    command.add_argument("--output", type=Path, metavar="FILE", help="write to this file instead")
    command.add_argument("--probabilities", action="store_true", help="add the probability of each class")
    command.add_argument(
        "--monte-carlo", type=int, metavar="PASSES", help="add the spread of so many answers with dropout"
    )
    command.set_defaults(run=predict)
    command = commands.add_parser("layers", help="print the layers of a study's network, their shapes and parameters")
    command.add_argument("params", nargs="*", help=f"params files, laid over {BASE} in this order")
    command.set_defaults(run=lambda given: layers(given.params))
    command = commands.add_parser("optuna", help="write a study's trials for Optuna and its dashboard; print the file")
    command.add_argument("params", nargs="*", help=f"params files, laid over {BASE} in this order")
    command.set_defaults(run=lambda given: optuna(given.params))
    command = commands.add_parser("params", help="print the reference of all params")
    command.set_defaults(run=lambda given: print(reference(), end=""))
    given = parser.parse_args(arguments)
    try:
        return int(given.run(given) or 0)
    except UserError as error:
        print(f"mindgap: {error}", file=sys.stderr)
        return 1


def planned(files: Sequence[str]) -> tuple[Graph, StudyJobs]:
    """The jobs of params files laid over the default study, as the workflow makes them."""
    _require_project()
    given = [name for name in files if Path(name).resolve() != Path(BASE).resolve()]
    graph = Graph(RESULTS, SCRIPTS)
    return graph, add_study(graph, read_study([BASE, *given]))


def _require_project() -> None:
    if not SCRIPTS.is_dir():
        raise UserError(f"{Path.cwd()}: no {SCRIPTS} here; run this in the project's folder, beside the Snakefile")


def verify(*, repair: bool) -> int:
    """Name the stored results that are not what their manifests say; with `repair`, remove them."""
    _require_project()
    hold(RESULTS)
    store = RESULTS / "store"
    found = corrupt(store)
    for folder, reason in found.items():
        print(f"{folder}: {reason}")
        if repair:
            shutil.rmtree(folder)
    count = len(stored(store))
    ending = "removed; `snakemake` without a target computes them again" if repair else "run `mindgap verify --repair`"
    print(f"{count + repair * len(found)} results, {len(found)} corrupt" + (f": {ending}" if found else ""))
    return int(bool(found) and not repair)


def why(given: Sequence[str]) -> int:
    """Print what each stage of a study, or each arm of claims, would do, and what differs from the earlier result."""
    claims = _asked_claims(given)
    if claims is None:
        graph, jobs = planned(given)
        lines = [*(f"mindgap: {remark}" for remark in jobs.remarks()), *explain(graph, jobs)]
    else:
        lines = claims.explained()
    _print("\n".join([*lines, ""]))
    return 0


def _asked_claims(given: Sequence[str]) -> Claims | None:
    """The claims that words name, by `claims`, by their ids, or by the file of a question; None for a study's files."""
    _require_project()
    if given and not any(Path(name).suffix in (".yaml", ".yml") or Path(name).is_file() for name in given):
        asked: Asked | None = Asked(read_claims(None if "claims" in given else given), CLAIMS.name, None)
    else:
        asked = next(filter(None, map(asked_in, map(Path, reversed(given)))), None)
    if asked is None:
        return None
    graph = Graph(RESULTS, SCRIPTS)
    return Claims(graph, _added(graph, asked), RESULTS / asked.folder, tracking_uri(RESULTS))


def _added(graph: Graph, asked: Asked) -> list[ClaimJobs]:
    """The jobs of claims, added to a graph; where no seed is given, it is that of the default study."""
    seed = read_study([BASE]).seed if asked.seed is None else asked.seed
    return [add_claim(graph, claim, seed) for claim in asked.claims]


def predict(given: argparse.Namespace) -> int:
    """Write CSV with a line for each new row: its identifiers, if the file has those that training had, its number,
    counted from 0, its class or value, and what was asked for.

    That is each class's probability; and the standard deviation, over answers with dropout, of the class's own, or of
    the value.
    """
    if given.monte_carlo is not None and given.monte_carlo < 2:
        raise UserError(f"--monte-carlo {given.monte_carlo}: a spread takes two passes at least, and fifty are better")
    trained, output = load_model(given.model), given.output
    met = Met()
    outputs = trained.outputs(given.rows, met)
    for said in met.said():
        print(f"mindgap: {given.rows}: {said}", file=sys.stderr)
    answers = trained.answers(outputs)
    texts = answers.tolist() if trained.target is None else [f"{value:.7g}" for value in answers]  # float32's digits
    columns = [*met.ids.values(), range(len(outputs)), texts]
    names = [*met.ids, "row", "class" if trained.target is None else "value"]
    if given.probabilities:
        columns += trained.softmax(outputs).T.tolist()
        names += [f"probability={name}" for name in trained.classes]
    if given.monte_carlo is not None:
        _, deviation = trained.monte_carlo(given.rows, given.monte_carlo, met=Met())  # told above
        columns.append(deviation[range(len(outputs)), outputs.argmax(axis=1)].tolist())
        names.append("spread")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([names, *zip(*columns, strict=True)])
    if output is None:
        _print(text.getvalue())
        return 0
    try:
        output.write_text(text.getvalue(), encoding="utf-8", newline="\n")
    except OSError as error:
        raise UserError(f"{output}: cannot be written: {error.strerror}") from error
    return 0


def _print(text: str) -> None:
    """Print as much as the reader wants: `head` closes the pipe when it has seen enough."""
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def layers(given: Sequence[str]) -> int:
    """Print a table of a study's layers, from its prepared data: what leaves each, its parameters and multiply-adds."""
    graph, jobs = planned(given)
    folder = graph.folder(jobs.prepare.address)
    if not folder.is_dir():
        command = " ".join(["snakemake --cores 2 prepare", *(["--configfile", *given] if given else [])])
        raise UserError(f"the data, on which layers depend, are not prepared: run `{command}`")
    dataset = Dataset.read(folder)
    architecture = jobs.study.model.architecture(dataset.features, dataset.outputs, dataset.image_shape)
    rows = [("layer", "what leaves it", "parameters", "multiply-adds a row")]
    for name, shape, parameters, products in architecture.table:
        rows.append((name, " x ".join(map(str, shape)), f"{parameters:,}", f"{products:,}"))
    rows.append(("in all", "", f"{architecture.parameters:,}", f"{sum(architecture.multiply_adds):,}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, left, *numbers in rows:
        texts = [text.rjust(width) for text, width in zip(numbers, widths[2:], strict=True)]
        print("  ".join([name.ljust(widths[0]), left.ljust(widths[1]), *texts]))
    return 0


def optuna(given: Sequence[str]) -> int:
    """Write the trials of a study's search as Optuna studies, with their MLflow runs if MLflow has them."""
    from mindgap.tracking.store import TrackingUnavailable
    from mindgap.tracking.trials import write_trials  # imports MLflow, for which no other command waits

    view, uri = view_of(*planned(given)), tracking_uri(RESULTS)
    tracked = uri != default_uri(RESULTS) or (RESULTS / "mlflow.db").exists()
    try:
        written = write_trials(view, uri if tracked else None, RESULTS)
    except TrackingUnavailable as error:
        print(f"mindgap: the trials' MLflow runs are left out: {error}", file=sys.stderr)
        written = write_trials(view, None, RESULTS)
    print(written)
    return 0


def _agreed() -> bool:
    """Ask; no answer, as where nobody is there to give one, is a no."""
    try:
        return input("remove them? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def collect_garbage(files: Sequence[str], *, yes: bool) -> int:
    """Show the stored results that no given params file and no claim refers to, and remove them when told to."""
    hold(RESULTS)
    together = Graph(RESULTS, SCRIPTS)
    _added(together, Asked(read_claims(None), CLAIMS.name, None))
    graphs = [together]
    for name in files:
        asked = asked_in(Path(name))
        if asked is None:
            graphs.append(planned([name])[0])
        else:
            _added(together, asked)
    referred = {graph.folder(job.address) for graph in graphs for job in graph.jobs.values()}
    unused = [folder for folder in stored(RESULTS / "store") if folder not in referred]
    sizes = [sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) for folder in unused]
    for folder, size in zip(unused, sizes, strict=True):
        print(f"{folder}  {size / 1e6:.1f} MB")
    print(f"{len(unused)} results, {sum(sizes) / 1e6:.1f} MB, are used by none of {', '.join(files)}")
    if not unused:
        return 0
    if not yes and not _agreed():
        print("nothing removed")
        return 0
    for folder in unused:
        shutil.rmtree(folder)
    print("removed")
    return 0
