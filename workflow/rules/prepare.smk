# Raw data to split, centred and scaled arrays.
# Reads the files that data names; writes x_*.npy, y_*.npy, dataset.json.
rule prepare:
    output:
        PLAN.manifest("prepare"),
    log:
        "results/logs/prepare.log",
    params:
        job=STUDY.job("prepare"),
        data=PLAN.study.data,
        preprocess=PLAN.study.preprocess,
    script:
        "../scripts/prepare.py"
