# Raw data to split, centred and scaled arrays.
# Reads the files that data names; writes x_*.npy, y_*.npy, dataset.json.
rule prepare_data:
    input:
        unpack(needs),
    output:
        "results/store/prepare/{key}/manifest.json",
    log:
        "results/logs/prepare/{key}.log",
    threads: 1
    resources:
        mem_mb=mem_mb,
        runtime=minutes,
    params:
        job=job,
    script:
        "../scripts/prepare.py"
