# Params, jobs and session: everything that the rules ask for. It holds no rules.
from pathlib import Path

from snakemake_executor_plugin_forked import replace_local

from mindgap.jobs.session import NO_COMMAND, Session, command
from mindgap.tracking.markers import EARLY


replace_local()

STUDY = Session(
    config,
    files=["params/study.yaml", *map(str, workflow.overwrite_configfiles)],
    scripts=Path(workflow.basedir, "workflow", "scripts"),
    asked=command() if workflow.is_main_process else NO_COMMAND,
    main=workflow.is_main_process,
    temporary=workflow.snakemake_tmp_dir,
)
COMPONENTS = dict.fromkeys(STUDY.batches.values(), len(STUDY.batches))


def needs(wildcards):
    """A job's inputs by name. Their times mean nothing, as the key in the path says what they hold."""
    return {name: ancient(paths) for name, paths in STUDY.needs(wildcards.key).items()}


# Snakemake keeps params beside its records of jobs, to compare them, for which it imports pandas, unless they follow from
# what else a job has. Nothing is compared here: the key says it all.
def job(wildcards, output):
    """The job of a key: its params, and what else it is told."""
    return STUDY.job(wildcards.key)


def view(wildcards, output):
    """The study's view."""
    return STUDY.view


def mem_mb(wildcards, attempt):
    """The memory of a job of a key: more at each attempt; unknown until its data are prepared."""
    return STUDY.asks(wildcards.key, attempt)[0]


def minutes(wildcards, attempt):
    """Its time, likewise."""
    return STUDY.asks(wildcards.key, attempt)[1]


def batch(wildcards):
    """On a cluster, the job that this one shares with others, if it does."""
    # Of themselves groups hold chains of jobs alone; a profile's word to the contrary does not reach jobs of a cluster.
    workflow.group_settings.group_components = COMPONENTS
    return STUDY.batches.get(wildcards.key)


# Only for those who run jobs in containers (--sdm apptainer): build it from the Containerfile.
container: "docker-daemon://mindgap:0.1.0"


wildcard_constraints:
    key="[0-9a-f]{16}",


onstart:
    STUDY.start(sum(not job.is_norun for job in workflow.dag.needrun_jobs()))


onsuccess:
    STUDY.finish()


onerror:
    STUDY.fail()


# What is soon done runs where Snakemake runs, also where the others run on a cluster.
localrules:
    judge_claim,
    write_report,
    track_search,
    track_evaluate,
    track_study,


if STUDY.collects_apart:

    localrules:
        draw_round,
        collect_rung,
        collect_level,
        select_winner,


if STUDY.light:

    localrules:
        prepare_data,
        ask_gates,
        fit_baselines,
        evaluate_winner,
        prepare_arms,
