# Claims: each arm on each task, a slice of its replicates; what the arms of a claim come to; the page of all claims.
# Reads raw data, of which no test rows are prepared; writes arm.json, judgement.json, results/claims/, and what MLflow
# has of them.
rule prepare_arms:
    input:
        unpack(needs),
    output:
        "results/store/arm_data/{key}/manifest.json",
    log:
        "results/logs/arm_data/{key}.log",
    threads: 1
    resources:
        mem_mb=mem_mb,
        runtime=minutes,
    params:
        job=job,
    script:
        "../scripts/arm_data.py"


rule tune_arm:
    input:
        unpack(needs),
    output:
        "results/store/arm_tuning/{key}/manifest.json",
    log:
        "results/logs/arm_tuning/{key}.log",
    group:
        batch
    threads: 1
    resources:
        mem_mb=mem_mb,
        runtime=minutes,
    params:
        job=job,
    script:
        "../scripts/arm_tuning.py"


rule train_arm:
    input:
        unpack(needs),
    output:
        "results/store/arm/{key}/manifest.json",
    log:
        "results/logs/arm/{key}.log",
    group:
        batch
    threads: 1
    resources:
        mem_mb=mem_mb,
        runtime=minutes,
    params:
        job=job,
    script:
        "../scripts/arm.py"


rule search_arm:
    input:
        unpack(needs),
    output:
        "results/store/arm_search/{key}/manifest.json",
    log:
        "results/logs/arm_search/{key}.log",
    group:
        batch
    threads: 1
    resources:
        mem_mb=mem_mb,
        runtime=minutes,
    params:
        job=job,
    script:
        "../scripts/arm_search.py"


rule simulate_arm:
    input:
        unpack(needs),
    output:
        "results/store/arm_simulation/{key}/manifest.json",
    log:
        "results/logs/arm_simulation/{key}.log",
    threads: 1
    resources:
        mem_mb=mem_mb,
        runtime=minutes,
    params:
        job=job,
    script:
        "../scripts/arm_simulation.py"


rule judge_claim:
    input:
        unpack(needs),
    output:
        "results/store/judge/{key}/manifest.json",
    log:
        "results/logs/judge/{key}.log",
    threads: 1
    resources:
        mem_mb=mem_mb,
        runtime=minutes,
    params:
        job=job,
    script:
        "../scripts/judge.py"


if STUDY.claims:

    localrules:
        write_claims,
        track_claims,

    rule write_claims:
        input:
            ancient(STUDY.claims.manifests()),
        output:
            current=STUDY.claims.current,
            page=STUDY.claims.page("report.html"),
            ledger=STUDY.claims.page("ledger.json"),
            runtime=STUDY.claims.page("runtime.json"),
            tables=directory(STUDY.claims.page("tables")),
        log:
            "results/logs/claims.log",
        threads: 1
        resources:
            mem_mb=2000,
            runtime=60,
        params:
            views=lambda wildcards, output: STUDY.claims.views,
        script:
            "../scripts/claims.py"

    rule track_claims:
        input:
            ancient(STUDY.claims.manifests()),
        output:
            STUDY.claims.tracked,
        log:
            "results/logs/track_claims.log",
        threads: 1
        resources:
            mem_mb=2000,
            runtime=60,
        params:
            views=lambda wildcards, output: STUDY.claims.views,
            experiment=lambda wildcards, output: STUDY.claims.experiment,
        script:
            "../scripts/track_claims.py"
