# Baselines, then the one reading of the test split.
# Reads the prepared data and the winner; writes linear.npz, evaluation.json, and a line of the ledger.
rule baselines:
    input:
        **needs("baselines"),
    output:
        PLAN.manifest("baselines"),
    log:
        "results/logs/baselines.log",
    params:
        job=STUDY.job("baselines"),
    script:
        "../scripts/baselines.py"


rule evaluate:
    input:
        **needs("evaluate"),
    output:
        PLAN.manifest("evaluate"),
    log:
        "results/logs/evaluate.log",
    params:
        job=STUDY.job("evaluate"),
        ledger=STUDY.ledger,
        study=PLAN.study.study,
    script:
        "../scripts/evaluate.py"
