# The study's view: summary, figures, report, and links into the store.
# Reads what all stages wrote; writes results/<study>/. `current` says which keys the view shows.
rule report:
    input:
        **needs("report"),
    output:
        current=STUDY.current,
        summary=STUDY.page("summary.json"),
        page=STUDY.page("report.html"),
        addresses=STUDY.page("keys.json"),
        model=STUDY.page("model.npz"),
        runtime=STUDY.page("runtime.json"),
        learning_curves=report(
            STUDY.figure("learning_curves"), caption="../report/learning_curves.rst", category="Training"
        ),
        layers=report(STUDY.figure("layers"), caption="../report/layers.rst", category="Training"),
        search=report(STUDY.figure("search"), caption="../report/search.rst", category="Search"),
        expected_best=report(STUDY.figure("expected_best"), caption="../report/expected_best.rst", category="Search"),
        gap=report(STUDY.figure("gap"), caption="../report/gap.rst", category="Evaluation"),
        errors=report(STUDY.figure("errors"), caption="../report/errors.rst", category="Evaluation"),
        weights=report(STUDY.figure("weights"), caption="../report/weights.rst", category="Evaluation"),
    log:
        "results/logs/report.log",
    params:
        view=STUDY.view_of(),
    script:
        "../scripts/report.py"
