"""The jobs: the graph of all that is to be computed, and what runs around each of them."""
