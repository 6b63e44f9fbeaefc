# The search, level by level: shards of trials, each level collected, the next one drawn from where the best were.
# Where a level halves its trials, each rung is collected, and its best go on from their states to the next one.
# Where its sampler is tpe, the trials of each round but the first are drawn from those of the rounds before.
# Reads the prepared data and the level before; writes trials.json, rung.json, round.json and search.json.
rule run_trials:
    input:
        unpack(needs),
    output:
        "results/store/trials/{key}/manifest.json",
    log:
        "results/logs/trials/{key}.log",
    group:
        batch
    threads: 1
    resources:
        mem_mb=mem_mb,
        runtime=minutes,
    params:
        job=job,
    script:
        "../scripts/trials.py"


rule draw_round:
    input:
        unpack(needs),
    output:
        "results/store/round/{key}/manifest.json",
    log:
        "results/logs/round/{key}.log",
    group:
        batch
    threads: 1
    resources:
        mem_mb=mem_mb,
        runtime=minutes,
    params:
        job=job,
    script:
        "../scripts/round.py"


rule collect_rung:
    input:
        unpack(needs),
    output:
        "results/store/rung/{key}/manifest.json",
    log:
        "results/logs/rung/{key}.log",
    group:
        batch
    threads: 1
    resources:
        mem_mb=mem_mb,
        runtime=minutes,
    params:
        job=job,
    script:
        "../scripts/rung.py"


rule collect_level:
    input:
        unpack(needs),
    output:
        "results/store/search/{key}/manifest.json",
    log:
        "results/logs/search/{key}.log",
    group:
        batch
    threads: 1
    resources:
        mem_mb=mem_mb,
        runtime=minutes,
    params:
        job=job,
    script:
        "../scripts/search.py"
