"""A study on a Slurm of one node, with a job cancelled and the node drained on the way, beside the same study here."""
