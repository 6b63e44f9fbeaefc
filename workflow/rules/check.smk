# The gates: gradients, first loss, penalty, a few examples by heart; on request shuffled labels.
# Reads the prepared data; writes check.json, or stops the study.
rule ask_gates:
    input:
        unpack(needs),
    output:
        "results/store/check/{key}/manifest.json",
    log:
        "results/logs/check/{key}.log",
    threads: 1
    resources:
        mem_mb=mem_mb,
        runtime=minutes,
    params:
        job=job,
    script:
        "../scripts/check.py"
