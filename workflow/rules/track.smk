# MLflow: every stage, trial and seed, by one writer. A study ends well without MLflow; the next run catches up.
# Reads what all stages wrote and the view; writes markers that say what is tracked where. The search, nearly all runs,
# is tracked where a core is free beside what follows it, and the rest after the view.
rule track_search:
    input:
        ancient(STUDY.manifests("prepare", "check", "search")),
    output:
        STUDY.searched,
    log:
        "results/logs/track_search.log",
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        view=STUDY.view,
    priority: -1
    script:
        "../scripts/track_search.py"


rule track_study:
    input:
        ancient(STUDY.manifests("prepare", "check", "search", "train", "baselines", "evaluate")),
        searched=ancient(STUDY.searched),
        current=ancient(STUDY.current),
    output:
        STUDY.tracked,
    log:
        "results/logs/track.log",
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        view=STUDY.view,
    script:
        "../scripts/track.py"
