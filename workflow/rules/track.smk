# MLflow: every stage, trial and seed, by one writer. A study ends well without MLflow; the next run catches up.
# Reads what all stages wrote and the view; writes the marker that says what is tracked where.
rule track_study:
    input:
        ancient(STUDY.manifests("prepare", "check", "search", "train", "baselines", "evaluate")),
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
