# The gates: gradients, first loss, penalty, twenty examples by heart.
# Reads the prepared data; writes check.json, or stops the study.
rule check:
    input:
        **needs("check"),
    output:
        PLAN.manifest("check"),
    log:
        "results/logs/check.log",
    params:
        job=STUDY.job("check"),
    script:
        "../scripts/check.py"
