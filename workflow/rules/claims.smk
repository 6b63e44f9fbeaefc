# Claims: each arm on each task, a slice of its replicates; what the arms of a claim come to; the page of all claims.
# Reads prepared data, of which no test rows, and tuning searches; writes arm.json, judgement.json, results/claims/.
rule train_arm:
    input:
        unpack(needs),
    output:
        "results/store/arm/{key}/manifest.json",
    log:
        "results/logs/arm/{key}.log",
    params:
        job=job,
    script:
        "../scripts/arm.py"


rule judge_claim:
    input:
        unpack(needs),
    output:
        "results/store/judge/{key}/manifest.json",
    log:
        "results/logs/judge/{key}.log",
    params:
        job=job,
    script:
        "../scripts/judge.py"


if STUDY.claims:

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
        params:
            views=STUDY.claims.views,
        script:
            "../scripts/claims.py"
