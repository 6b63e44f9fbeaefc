# The final training: shards of candidates x seeds, then the choice of the winner by validation.
# Reads the prepared data and the last level; writes runs.json, train.json, model.npz.
rule runs:
    input:
        unpack(lambda wildcards: needs("runs", wildcards.key)),
    output:
        "results/store/runs/{key}/manifest.json",
    log:
        "results/logs/runs/{key}.log",
    params:
        job=lambda wildcards: STUDY.job("runs", wildcards.key),
    script:
        "../scripts/runs.py"


rule train:
    input:
        **needs("train"),
    output:
        PLAN.manifest("train"),
    log:
        "results/logs/train.log",
    params:
        job=STUDY.job("train"),
    script:
        "../scripts/train.py"
