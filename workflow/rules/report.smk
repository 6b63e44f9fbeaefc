# The study's view: summary, figures, report, and links into the store.
# Reads what all stages wrote; writes results/<study>/. `current` says which keys the view shows.
rule write_report:
    input:
        ancient(STUDY.manifests("prepare", "check", "search", "train", "baselines", "evaluate")),
    output:
        current=STUDY.current,
        summary=STUDY.page("summary.json"),
        page=STUDY.page("report.html"),
        addresses=STUDY.page("keys.json"),
        model=STUDY.page("model.npz"),
        predictions=STUDY.page("predictions.csv"),
        runtime=STUDY.page("runtime.json"),
        figures=[
            report(path, caption="../report/figure.rst", category=section.capitalize(), labels={"figure": name})
            for section, figures in STUDY.figures().items()
            for name, path in figures.items()
        ],
    log:
        "results/logs/report.log",
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        view=view,
    script:
        "../scripts/report.py"
