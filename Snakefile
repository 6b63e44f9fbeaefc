# A study, from raw data to an explained result. `snakemake --cores N` runs it all; a named target runs up to there.
configfile: "params/study.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/prepare.smk"
include: "workflow/rules/check.smk"
include: "workflow/rules/search.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/track.smk"
include: "workflow/rules/claims.smk"


rule all:
    default_target: True
    input:
        STUDY.everything(),


rule prepare:
    input:
        STUDY.manifests("prepare"),


rule check:
    input:
        STUDY.manifests("check"),


rule search:
    input:
        STUDY.manifests("search"),


rule train:
    input:
        STUDY.manifests("train"),


rule baselines:
    input:
        STUDY.manifests("baselines"),


rule evaluate:
    input:
        STUDY.manifests("evaluate"),


rule report:
    input:
        STUDY.shown(),


rule track:
    input:
        STUDY.tracked,


if STUDY.claims:

    rule claims:
        input:
            STUDY.claims.everything(),
