# The final training: shards of candidates x seeds, then the choice of the winner by validation.
# Reads the prepared data and the last level; writes runs.json, weights.npz, train.json.
rule run_candidates:
    input:
        unpack(needs),
    output:
        "results/store/runs/{key}/manifest.json",
    log:
        "results/logs/runs/{key}.log",
    group:
        batch
    threads: 1
    resources:
        mem_mb=mem_mb,
        runtime=minutes,
    params:
        job=job,
    script:
        "../scripts/runs.py"


rule select_winner:
    input:
        unpack(needs),
    output:
        "results/store/train/{key}/manifest.json",
    log:
        "results/logs/train/{key}.log",
    group:
        batch
    threads: 1
    resources:
        mem_mb=mem_mb,
        runtime=minutes,
    params:
        job=job,
    script:
        "../scripts/train.py"
