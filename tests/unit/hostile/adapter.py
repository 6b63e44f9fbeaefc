"""An adapter that only publishes: no messages, no times, no machine in the manifest."""

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from mindgap.store.documents import write_json
from mindgap.store.keys import file_digest


@contextmanager
def perform(snakemake):
    job, out = snakemake.params.job, Path(snakemake.output[0]).parent
    store = out.parents[1]
    out.mkdir(parents=True)
    folders = {name: store / address.stage / address.key for name, address in job.inputs.items()}
    parts = [store / part.stage / part.key for part in job.parts]
    yield SimpleNamespace(
        job=job,
        params=job.params,
        told=job.told,
        out=out,
        folder=folders.__getitem__,
        optional=folders.get,
        parts=parts,
    )
    write_json(out / "manifest.json", {"files": {path.name: file_digest(path) for path in sorted(out.iterdir())}})
