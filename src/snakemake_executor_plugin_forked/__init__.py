"""The executor `forked` of Snakemake: as the local one, but that Python scripts run in forks, without their imports.

What no fork can be runs as ever: what is no script, and scripts with a container, an environment or a benchmark.
Where Snakemake lets nobody choose, as in a job of a cluster, `replace_local` puts it in the place of the local one.
"""

import sys
from concurrent.futures import Future
from functools import cached_property
from pathlib import Path
from typing import Any

from snakemake.exceptions import SpawnedJobError
from snakemake.executors.local import Executor as LocalExecutor
from snakemake.executors.local import common_settings
from snakemake.iocontainers import Namedlist
from snakemake.sourcecache import LocalSourceFile, infer_source_file
from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry

from mindgap.jobs.forks import Forks, Given, Named, begun, kinds_of
from mindgap.params.sources._table import Table
from mindgap.training.progress import tell

__all__ = ["Executor", "common_settings", "replace_local"]


class Executor(LocalExecutor):  # type: ignore[misc]  # Snakemake has no types
    """Runs jobs on this machine."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._forks: dict[str, Forks] = {}

    def run_single_job(self, job: Any) -> Future[None]:
        """Begin a job; what is returned ends when it does, with an exception if it failed."""
        if self.workflow.local_exec:
            self._keep_to_no_rate()
        script = self._script(job)
        if script is None:
            local: Future[None] = super().run_single_job(job)
            return local
        given = Given(_named(job.output), _named(job.log), _named(job.params))
        kind = self._kind_of(script, job)
        self._start(kind)
        self.workflow.async_run(job.prepare())
        forked: Future[None] = self.pool.submit(self.cached_or_run, job, self._run, kind, script, given)
        return forked

    def shutdown(self) -> None:
        """End when all jobs have."""
        super().shutdown()
        for forks in self._forks.values():
            forks.close()

    cancel = shutdown

    def _run(self, kind: str, script: Path, given: Given) -> None:
        try:
            code = self._forks[kind].run(script, given)
        except OSError as error:
            tell(f"mindgap: {error}")
            raise SpawnedJobError from error
        if code != 0:  # the script has said why
            raise SpawnedJobError

    def _start(self, first: str) -> None:
        """With the first script, let all that is to be forked from begin its imports, also for what runs at the end."""
        for kind in {first, *self._kinds.values()} - self._forks.keys():
            self._forks[kind] = begun(kind, self.workflow.snakemake_tmp_dir)

    def _kind_of(self, script: Path, job: Any) -> str:
        """From which process a script is forked: what is no table is prepared without scikit-learn, and sooner."""
        kind = self._kinds[script]
        if script.stem == "prepare" and kind != "alone" and not isinstance(job.params.job.told["data"], Table):
            return "stages"
        return kind

    @cached_property
    def _kinds(self) -> dict[Path, str]:
        """By script, that of all jobs that were to run here when the first of them began."""
        return kinds_of([*filter(None, map(self._script, self.dag.local_needrun_jobs))])

    def _keep_to_no_rate(self) -> None:
        """Let jobs begin as soon as they can.

        To keep to a rate, Snakemake's scheduler looks at all ready jobs a second after each look, and each job's end is
        one more: of a thousand jobs the last ones meet a thousand looks a second, which take a core their time.
        """
        scheduler = self.workflow.scheduler
        scheduler.job_rate_limiter = None
        scheduler.resources["_job_count"] = sys.maxsize

    def _script(self, job: Any) -> Path | None:
        """A job's script, if it can be forked, and nobody asked for the local executor."""
        if self.workflow.is_main_process and self.workflow.executor_plugin.name == "local":
            return None
        if job.is_group() or not job.is_script or job.is_shadow or job.benchmark is not None:
            return None
        if self.workflow.deployment_settings.deployment_method:
            return None
        source = infer_source_file(job.rule.script, job.rule.basedir)
        path = Path(source.get_path_or_uri(secret_free=True)) if isinstance(source, LocalSourceFile) else None
        return path if path is not None and path.suffix == ".py" else None


def replace_local() -> None:
    """Let this executor run what else the local one would: beside a cluster, and in a job of a cluster.

    Once it has read the workflow, Snakemake asks its registry for the executor `local` there.
    """
    registry = ExecutorPluginRegistry()
    registry.plugins["local"] = registry.load_plugin("local", sys.modules[__name__])


def _named(values: Any) -> Named:
    """Paths and params of a job as plain values; several paths of one name are a list."""
    return Named([*map(_plain, values)], {name: _plain(value) for name, value in values.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Namedlist):
        return [*map(_plain, value)]
    return str(value) if isinstance(value, str) else value
