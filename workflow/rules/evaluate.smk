# Baselines, then the one reading of the test split.
# Reads the prepared data and the winner; writes linear.npz, evaluation.json, and a line of the ledger.
rule fit_baselines:
    input:
        unpack(needs),
    output:
        "results/store/baselines/{key}/manifest.json",
    log:
        "results/logs/baselines/{key}.log",
    threads: 1
    resources:
        mem_mb=mem_mb,
        runtime=minutes,
    params:
        job=job,
    script:
        "../scripts/baselines.py"


rule evaluate_winner:
    input:
        unpack(needs),
    output:
        "results/store/evaluate/{key}/manifest.json",
    log:
        "results/logs/evaluate/{key}.log",
    threads: 1
    resources:
        mem_mb=mem_mb,
        runtime=minutes,
    params:
        job=job,
    script:
        "../scripts/evaluate.py"
