# The search, level by level: shards of trials, each level collected, the next one drawn from where the best were.
# Reads the prepared data and the level before; writes trials.json and search.json.
rule search:
    input:
        PLAN.manifests("search"),


rule trials:
    input:
        unpack(lambda wildcards: needs("trials", wildcards.key)),
    output:
        "results/store/trials/{key}/manifest.json",
    log:
        "results/logs/trials/{key}.log",
    params:
        job=lambda wildcards: STUDY.job("trials", wildcards.key),
    script:
        "../scripts/trials.py"


rule collect:
    input:
        unpack(lambda wildcards: needs("search", wildcards.key)),
    output:
        "results/store/search/{key}/manifest.json",
    log:
        "results/logs/search/{key}.log",
    params:
        job=lambda wildcards: STUDY.job("search", wildcards.key),
    script:
        "../scripts/search.py"
