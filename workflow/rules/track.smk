# MLflow: every stage, trial and seed, by one writer. A study ends well without MLflow; the next run catches up.
# Reads what all stages wrote and the view; writes markers that say what is tracked where. The search, nearly all runs,
# is tracked where a core is free beside what follows it, the other stages beside the view, and the page after it.
rule track_search:
    input:
        ancient(STUDY.manifests(*EARLY["search"])),
    output:
        STUDY.early["search"],
    log:
        "results/logs/track_search.log",
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        view=view,
        kinds=lambda wildcards, output: EARLY["search"],
    priority: -1
    script:
        "../scripts/track_stages.py"


rule track_evaluate:
    input:
        ancient(STUDY.manifests(*EARLY["evaluate"])),
        before=ancient(STUDY.early["search"]),
    output:
        STUDY.early["evaluate"],
    log:
        "results/logs/track_evaluate.log",
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        view=view,
        kinds=lambda wildcards, output: EARLY["evaluate"],
    priority: -1
    script:
        "../scripts/track_stages.py"


rule track_study:
    input:
        ancient(STUDY.manifests("prepare", "check", "search", "train", "baselines", "evaluate")),
        before=ancient(STUDY.early["evaluate"]),
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
        view=view,
    script:
        "../scripts/track.py"
