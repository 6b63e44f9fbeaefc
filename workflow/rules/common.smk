# Params, jobs and session: everything that the rules ask for. It holds no rules.
from pathlib import Path

from mindgap.jobs.session import Session, asked


TARGETS, DRY = asked() if workflow.is_main_process else ([], False)
STUDY = Session(
    config,
    files=["params/study.yaml", *map(str, workflow.overwrite_configfiles)],
    scripts=Path(workflow.basedir, "workflow", "scripts"),
    targets=TARGETS,
    dry=DRY,
    main=workflow.is_main_process,
)


def needs(wildcards):
    """A job's inputs by name. Their times mean nothing, as the key in the path says what they hold."""
    return {name: ancient(paths) for name, paths in STUDY.needs(wildcards.key).items()}


def job(wildcards):
    """The job of a key: its params, and what else it is told."""
    return STUDY.job(wildcards.key)


# Only for those who run jobs in containers (--sdm apptainer): build it from the Containerfile.
container: "docker-daemon://mindgap:0.1.0"


wildcard_constraints:
    key="[0-9a-f]{16}",


onstart:
    STUDY.start(sum(not job.is_norun for job in workflow.dag.needrun_jobs()), workflow.snakemake_tmp_dir)


onsuccess:
    STUDY.finish()


onerror:
    STUDY.fail()
